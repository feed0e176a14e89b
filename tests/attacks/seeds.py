"""What readers are given before it is spoiled: tables, drives, orbits and scenes, each sound, by file name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from render.scene import bundled_scenes
from tests import REFERENCE
from tests.geophysics.drive import test_native_kp as kp
from tests.geophysics.drive import test_omni_and_hapi as wind
from tests.geophysics.drive.measured import KP, stamp, swpc_objects, swpc_rows, swpc_time
from tests.geophysics.upper_air.test_model_files import AIR, IRI_WEB, MSIS_WEB, OWN, PYMSIS
from tests.observer import ephemerides, orbit_files
from tests.observer.test_pointing import CD, SIP, SIZE, header, matrix

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "render" / "data"
Seeds = dict[str, bytes]


def _texts(texts: dict[str, str]) -> Seeds:
    return {name: text.encode() for name, text in texts.items()}


def _csv(names: list[str], rows: list[list[object]]) -> str:
    return "\n".join(",".join(map(str, row)) for row in [names, *rows]) + "\n"


def scenes() -> Seeds:
    return {path.name: path.read_bytes() for path in bundled_scenes().values()}


def drives() -> Seeds:
    names = ("time_tag", "speed", "density", "bx_gsm", "by_gsm", "bz_gsm")
    rows = [(swpc_time(hour), "410.0", "5.5", "1", "3.0", "-6.0") for hour in range(4)]
    of_kp = [(swpc_time(3 * i), str(value), "observed") for i, value in enumerate(KP)]
    parameters = [{"name": "Time", "type": "isotime", "units": "UTC", "fill": None, "length": 20},
                  {"name": "KP1800", "type": "integer", "units": None, "fill": "99"},
                  {"name": "BGSM", "type": "double", "units": "nT", "fill": "-1e31", "size": [3]}]  # fmt: skip
    hapi = {"HAPI": "2.0", "status": {"code": 1200, "message": "OK"}, "parameters": parameters}
    data = [[stamp(3 * i), str(round(10 * value)), [1, 2, 3]] for i, value in enumerate(KP)]
    head = "".join(f"#{line}\n" for line in json.dumps(hapi, indent=1).split("\n"))
    return _texts(
        {
            "kp.csv": _csv(["time", "kp"], [[stamp(3 * i), value] for i, value in enumerate(KP)]),
            "wind.csv": _csv(["time", *wind.WIND], [[stamp(i / 60.0), 410, 3, -6, 5.5] for i in range(8)]),
            "days.txt": kp.GFZ_DAILY + kp.gfz_day() + kp.gfz_day("18"),
            "hours.txt": kp.gfz_intervals(),
            "gfz.json": json.dumps({"meta": {}, "datetime": [stamp(3 * i) for i in range(8)], "Kp": list(KP)}),
            "swpc_kp.json": json.dumps(swpc_rows(("time_tag", "Kp", "observed"), of_kp)),
            "swpc_wind.json": json.dumps(swpc_objects(names, rows)),
            "omni_min.asc": wind.omni_minutes(),
            "omni2.dat": wind.omni_hours(wind=False, hours=24),
            "hapi.csv": head + "".join(f"{time},{value},1,2,3\n" for time, value, _ in data),
            "hapi.json": json.dumps({**hapi, "data": data}),
        }
    )


def swpc_fields() -> Seeds:
    names = ("time_tag", "bx_gsm", "by_gsm", "bz_gsm", "lon_gsm", "lat_gsm", "bt")
    rows = [(swpc_time(hour), "1.0", "3.0", "-6.0", "10", "-20", "7") for hour in range(4)]
    return _texts({"mag.json": json.dumps(swpc_rows(names, rows))})


def swpc_plasma() -> bytes:
    return json.dumps(
        swpc_rows(("time_tag", "density", "speed", "temperature"), [(swpc_time(h), 5, 410, 1e5) for h in range(4)])
    ).encode()


def airs() -> Seeds:
    def text(columns: list[tuple[str, str]], *, listing: bool = False) -> str:
        parted = " " if listing else ","
        scale = {key: 1e6 if columns is PYMSIS and key not in ("Z", "T") else 1.0 for key in AIR}
        rows = [
            parted.join(repr(float(AIR[key][row]) * scale[key]) for key, _ in columns) for row in range(len(AIR["Z"]))
        ]
        if not listing:
            return "\n".join([",".join(f'"{n}"' if "," in n else n for _, n in columns), *rows]) + "\n"
        legend = [f"{i} {name}" for i, (_, name) in enumerate(columns, 1)]
        numbers = "      ".join(str(i) for i in range(1, len(columns) + 1))
        return "\n".join([" MODEL run", "Selected output parameters are:", *legend, "", numbers, *rows]) + "\n"

    return _texts(
        {
            "own.csv": text(list(OWN.items())),
            "pymsis.csv": text(PYMSIS),
            "msis.txt": text(MSIS_WEB, listing=True),
            "msis_iri.csv": text([*MSIS_WEB, *IRI_WEB]),
            "glow.csv": (REFERENCE / "glow_atmosphere_a.csv").read_text(encoding="utf-8"),
        }
    )


def profiles() -> Seeds:
    return {"profile.csv": (DATA / "atmosphere_us76.csv").read_bytes()}


def spectra() -> Seeds:
    rows: list[list[object]] = [[float(e), 1e7 * e * np.exp(-e / 2.0)] for e in np.geomspace(0.1, 30.0, 12)]
    return _texts({"electrons.csv": _csv(["energy_keV", "flux_cm2_s_keV"], rows)})


def filters() -> Seeds:
    rows: list[list[object]] = [[w, 0.1 + 0.001 * (w - 540), 0.2, 0.0 if w < 600 else 0.3] for w in range(540, 650, 5)]
    return _texts({"filters.csv": _csv(["wavelength_nm", "557.7", "broad", "red"], rows)})


def two_lines() -> Seeds:
    return _texts({"two.tle": orbit_files.TWO_LINES, "three.txt": orbit_files.THREE_LINES})


def omms() -> Seeds:
    return _texts(orbit_files.FORMS)


def oems() -> Seeds:
    fields, states = ephemerides.meta("GCRF"), ephemerides.rows(ephemerides.gcrf)
    return _texts(
        {
            "states.oem": ephemerides.as_lines(ephemerides.segment(fields, states)),
            "fixed.oem": ephemerides.as_lines(
                ephemerides.segment(ephemerides.meta("ITRF2000"), ephemerides.rows(ephemerides.itrf))
            ),
            "states.xml": ephemerides.as_xml(fields, states),
        }
    )


def solutions() -> Seeds:
    base = {"CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP", "CRVAL1": 16.0, "CRVAL2": 23.1, "CRPIX1": 2129.0}
    cards = base | {"CRPIX2": 1417.0} | SIZE | matrix(CD) | SIP
    turned = {**{key: value for key, value in cards.items() if not key.startswith("CD")}, "CDELT1": -0.009,
              "CDELT2": 0.009, "CROTA2": 12.0}  # fmt: skip
    return {
        "photo.json": (ROOT / "scenes" / "iss030_e_102170.json").read_bytes(),
        "cards.fits": header(cards),
        "cards.txt": header(turned, lines=True),
    }
