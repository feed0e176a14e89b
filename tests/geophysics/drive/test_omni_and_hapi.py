"""The solar wind as OMNI and HAPI servers give it out: the form is theirs, the numbers are ours."""

from __future__ import annotations

import json

import pytest

from render.geophysics.drive.file import read_drive_file
from tests.geophysics.drive.measured import (
    HOUR_S,
    KP,
    WIND,
    complaint,
    has_the_storm,
    has_the_wind,
    stamp,
)


def omni_line(dated, words, count, fills=()):
    """Return a line of `count` words, all nines but those named, counted from 1."""
    line = [*dated, *["9"] * (count - len(dated))]
    for name, (word, text) in words.items():
        line[word - 1] = (
            {"speed_km_s": "99999.9", "by_nt": "9999.99", "bz_nt": "9999.99", "density_cm3": "999.99"}.get(name, "99")
            if name in fills
            else text
        )
    return " ".join(line) + "\n"


def omni_minutes(count=46, fills=()):
    def words(i):
        numbers = {"speed_km_s": 22, "by_nt": 18, "bz_nt": 19, "density_cm3": 26}
        return {name: (word, str(WIND[name][min(i, 1)])) for name, word in numbers.items()}

    return "".join(
        omni_line(["2015", "76", "0", str(i)], words(i), count, fills if i == 2 else ()) for i in range(2 + bool(fills))
    )


@pytest.mark.parametrize("count", [46, 49])
def test_omni_of_minutes(write, count):
    assert has_the_wind(read_drive_file(write(omni_minutes(count), "omni_min201503.asc")))


@pytest.mark.parametrize("fill", sorted(WIND))
def test_omni_fill_values_are_left_out_and_counted(write, fill):
    series = read_drive_file(write(omni_minutes(fills=(fill,))))
    assert has_the_wind(series)
    assert "1 rows hold fill values or nothing (first: line 3)" in series.warnings[0]


def omni_hours(wind=True, hours=2):
    numbers = {"speed_km_s": 25, "by_nt": 16, "bz_nt": 17, "density_cm3": 24}
    fills = {"speed_km_s": "9999.", "by_nt": "999.9", "bz_nt": "999.9", "density_cm3": "999.9"}
    lines = []
    for hour in range(hours):
        words = {name: (word, str(WIND[name][min(hour, 1)]) if wind else fills[name]) for name, word in numbers.items()}
        kp = {2.0: 20, 4.667: 47, 5.333: 53, 5.667: 57, 7.667: 77, 7.333: 73}[KP[hour // 3]]
        lines.append(omni_line(["2015", " 76", str(hour)], {**words, "kp": (39, str(kp))}, 55))
    return "".join(lines)


def test_omni_of_hours_gives_the_wind_and_leaves_its_kp(write):
    series = read_drive_file(write(omni_hours(), "omni2_2015.dat"))
    assert has_the_wind(series, HOUR_S)
    assert series.warnings == (f"{series.path}: the wind is taken, and substorms follow from it; its Kp is left",)


def test_omni_of_hours_without_wind_gives_kp_in_thirds(write):
    series = read_drive_file(write(omni_hours(wind=False, hours=24)))
    assert has_the_storm(series)
    assert series.kp[1] == pytest.approx(14 / 3, abs=0.001)


def listing(legend, rows, head="YEAR DOY HR"):
    numbered = "".join(f" {i} {line}\n" for i, line in enumerate(legend, 1))
    columns = "  ".join(str(i) for i in range(1, len(legend) + 1))
    return f" OMNIWeb Plus Results\n Selected parameters:\n{numbered}\n{head}  {columns}\n" + "".join(
        f"{row}\n" for row in rows
    )


def test_omniweb_listing(write):
    legend = [
        "SW Proton Density, N/cm^3",
        "Sigma-V, km/s plasma speed",
        "BY, nT (GSM)",
        "BY, nT (GSE)",
        "BZ, nT (GSM)",
        "SW Plasma Speed, km/s",
    ]
    rows = ["2015  76  0  5.5 9999. 3.0 77 -6.0 410", "2015  76  1 12.0 9999. -2.0 77 4.0 500"]
    assert has_the_wind(read_drive_file(write(listing(legend, rows))), HOUR_S)
    minutes = ["2015  76  0  0 5.5 9999. 3.0 77 -6.0 410", "2015  76  0  1 12.0 9999. -2.0 77 4.0 500"]
    assert has_the_wind(read_drive_file(write(listing(legend, minutes, "YYYY DOY HR MN"))))
    assert "OMNI's listing lacks bz_nt, density_cm3" in complaint(write(listing(
        ["BY, nT (GSM)", "SW Plasma Speed, km/s"], ["2015 76 0 1 400"])))  # fmt: skip
    kp = [f"2015  76 {hour} {round(10 * KP[hour // 3] / 10 * 3) / 3 * 10:.0f}" for hour in range(24)]
    assert has_the_storm(read_drive_file(write(listing(["Kp index"], kp))))


def hapi_header(parameters):
    return {"HAPI": "3.0", "status": {"code": 1200, "message": "OK"}, "parameters": parameters}


HAPI_WIND = [
    {"name": "Time", "type": "isotime", "units": "UTC", "fill": None, "length": 24},
    {"name": "BY_GSM", "type": "double", "units": "nT", "fill": "9999.99"},
    {"name": "BZ_GSM", "type": "double", "units": "nT", "fill": "9999.99"},
    {"name": "flow_speed", "type": "double", "units": "km/s", "fill": "99999.9"},
    {"name": "proton_density", "type": "double", "units": "n/cc", "fill": "3.5"},
    {"name": "AE_INDEX", "type": "integer", "units": "nT", "fill": "99999"},
]
HAPI_ROWS = [
    "2015-03-17T00:00:00.000Z,3.0,-6.0,410,5.5,100",
    "2015-076T00:01:00Z,-2.0,4.0,500,12.0,100",
]


def commented(header):
    return "".join(f"#{line}\n" for line in json.dumps(header, indent=1).split("\n"))


def test_hapi_csv_with_its_header(write):
    text = commented(hapi_header(HAPI_WIND)) + "\n".join(HAPI_ROWS) + "\n"
    assert has_the_wind(read_drive_file(write(text, "omni.csv")))
    series = read_drive_file(write(text + "2015-03-17T00:02:00.000Z,3.0,-6.0,410,3.5,100\n"))
    assert has_the_wind(series)  # 3.5 is the header's own fill value
    assert "1 rows hold fill values or nothing" in series.warnings[0]


def test_hapi_json_and_vectors(write):
    vector = {"name": "B_GSM", "type": "double", "units": ["nT"] * 3, "size": [3], "fill": "-1e31"}
    header = hapi_header([HAPI_WIND[0], vector, *HAPI_WIND[3:5]])
    data = [["2015-03-17T00:00:00Z", [0.0, 3.0, -6.0], 410, 5.5], ["2015-03-17T00:01:00Z", [1.0, -2.0, 4.0], 500, 12.0]]
    assert has_the_wind(read_drive_file(write({**header, "format": "json", "data": data})))


def test_hapi_kp_times_ten_by_its_name(write):
    header = hapi_header([HAPI_WIND[0], {"name": "KP1800", "type": "integer", "units": "", "fill": "99"}])
    rows = "".join(f"{stamp(hour)},{round(3 * KP[hour // 3]) / 3 * 10:.0f}\n" for hour in range(24))
    assert has_the_storm(read_drive_file(write(commented(header) + rows)))


def test_hapi_unit_is_read_off_the_header(write):
    changed = [dict(one, units="m/s") if one["name"] == "flow_speed" else one for one in HAPI_WIND]
    text = commented(hapi_header(changed)) + "\n".join(HAPI_ROWS) + "\n"
    assert "flow_speed is in m/s; allowed: km/s" in complaint(write(text))
    assert "HAPI data of AE_INDEX; allowed: flow_speed" in complaint(
        write(commented(hapi_header([HAPI_WIND[0], HAPI_WIND[5]])) + "2015-03-17T00:00:00Z,1\n")
    )


@pytest.mark.parametrize("size", [["x"], 3, [0], [9_999, 9_999], [True, -1]])
def test_hapi_sizes_that_are_none(write, size):
    header = hapi_header([HAPI_WIND[0], {"name": "KP", "size": size}])
    assert "HAPI's header gives KP" in complaint(write({**header, "data": []}))
