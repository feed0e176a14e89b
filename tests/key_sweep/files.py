"""Files that scenes of the sweep name, made in a folder; all of them our own but for the elements of the ISS."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from render.atmosphere.air import data_table
from render.atmosphere.profile import REQUIRED
from tests.geophysics.drive.measured import swpc_rows
from tests.observer import ephemerides, orbit_files

ISS_LINES = (orbit_files.LINE_1, orbit_files.LINE_2)
HOURS = ("2015-01-28 00:00:00.000", "2015-01-29 00:00:00.000")  # SWPC's stamps about the night of the sweep's scenes
WCS = {
    "wcs": {
        "ctype": ["RA---TAN", "DEC--TAN"], "crval_deg": [200.0, 30.0], "crpix": [12.5, 8.5],
        "cd_deg_per_px": [[1.0, 0.3], [-0.3, 1.0]],
    },
    "width_px": 24,
    "height_px": 16,
}  # fmt: skip


def make(folder: Path) -> None:
    """Write all files into a folder."""
    states = ephemerides.rows(ephemerides.gcrf)
    air = data_table("atmosphere_us76.csv")
    wavelength = np.arange(420.0, 640.01, 1.0)
    hump = 0.8 * np.exp(-(((wavelength[:, None] - [450.0, 550.0, 620.0]) / 30.0) ** 2))
    texts = {
        "iss.tle": "\n".join(ISS_LINES),
        "two.tle": orbit_files.TWO_LINES,
        "iss.json": orbit_files.as_json(orbit_files.ISS),
        "iss.oem": ephemerides.as_lines(ephemerides.segment(ephemerides.meta("GCRF"), states)),
        "solved.json": json.dumps(WCS),
        "kp.csv": "time,kp\n2015-01-27T00:00:00Z,6.0\n2015-01-29T00:00:00Z,6.0\n",
        "plasma.json": json.dumps(swpc_rows(("time_tag", "density", "speed"), [(t, "6", "600") for t in HOURS])),
        "mag.json": json.dumps(swpc_rows(("time_tag", "by_gsm", "bz_gsm"), [(t, "3", "-9") for t in HOURS])),
        "mag_north.json": json.dumps(swpc_rows(("time_tag", "by_gsm", "bz_gsm"), [(t, "3", "3") for t in HOURS])),
        "air.csv": _table(REQUIRED, np.column_stack([air[name] for name in REQUIRED]) * [1, 1, 1, 1, 1.2, 1]),
        "channels.csv": _table(("wavelength_nm", "b", "g", "r"), np.column_stack([wavelength, hump])),
        "one.obj": "v 0 -1 6\nv 2 1 6\nv -2 1 6\nf 1 2 3\nf 1 3 2\n",
    }  # fmt: skip
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    latitude, hours = np.arange(45.0, 90.0, 1.0), np.arange(0.0, 24.0, 1.0)
    np.savez(
        folder / "flux.npz", energy_flux=np.full((45, 24), 6.0), mean_energy=6.0, magnetic_latitude=latitude,
        magnetic_local_time=hours,
    )  # fmt: skip
    np.save(folder / "picture.npy", np.random.default_rng(1).random((180, 360)).astype(np.float32))


def _table(names: tuple[str, ...], rows: np.ndarray) -> str:
    return "\n".join([",".join(names), *(",".join(f"{value:.9g}" for value in row) for row in rows)]) + "\n"
