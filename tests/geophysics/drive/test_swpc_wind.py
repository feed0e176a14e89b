"""The solar wind as SWPC gives it out: the form is theirs, the numbers are ours."""

from __future__ import annotations

import pytest

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.geophysics.drive.file import read_drive_file
from render.geophysics.drive.settings import DriveSettings
from render.scene import scene_from_text
from tests.geophysics.drive.measured import (
    START,
    WIND,
    complaint,
    has_the_wind,
    stamp,
    swpc_objects,
    swpc_rows,
    swpc_time,
)

PLASMA = ("time_tag", "density", "speed", "temperature")
MAG = ("time_tag", "bx_gsm", "by_gsm", "bz_gsm", "lon_gsm", "lat_gsm", "bt")


def minute(i):
    return swpc_time(i / 60)


def plasma(times=(0, 1)):
    return [
        (minute(t), str(WIND["density_cm3"][i % 2]), str(WIND["speed_km_s"][i % 2]), "90000")
        for i, t in enumerate(times)
    ]


def mag(times=(0, 1)):
    return [
        (minute(t), "1", str(WIND["by_nt"][i % 2]), str(WIND["bz_nt"][i % 2]), "0", "0", "7")
        for i, t in enumerate(times)
    ]


@pytest.mark.parametrize("form", [swpc_rows, swpc_objects])
def test_swpc_plasma_and_mag_are_one_wind(write, form):
    one, other = write(form(PLASMA, plasma()), "plasma.json"), write(form(MAG, mag()), "mag.json")
    for pair in ((one, other), (other, one)):
        series = read_drive_file(*pair)
        assert has_the_wind(series)
        (upstream,) = series.warnings
        assert "measured at L1, from where the wind takes about 55 min to the Earth" in upstream
    assert "has speed_km_s and density_cm3; by_nt and bz_nt are in SWPC's other file" in complaint(one)
    assert "give it as field_file" in complaint(other)
    assert "allowed as file and field_file: two that have" in complaint(one, one)


def test_swpc_rows_without_partner_and_null_are_counted(write):
    rows = plasma((0, 1, 2, 3))
    rows[2] = (minute(2), None, "", "")
    one = write(swpc_rows(PLASMA, rows), "plasma.json")
    other = write(swpc_rows(MAG, mag((0, 1, 2, 5))), "mag.json")
    series = read_drive_file(one, other)
    assert has_the_wind(series)
    assert "2 rows have no partner in" in series.warnings[1]
    assert "1 rows hold fill values or nothing (first: entry 3)" in series.warnings[2]
    assert "no instant in common" in complaint(one, write(swpc_rows(MAG, mag((7, 8))), "late.json"))


def test_swpc_real_time_tables_fall_in_time_and_name_two_spacecraft(write):
    names = ("time_tag", "active", "source", "proton_speed", "proton_density")
    rows = [
        (stamp(t / 60)[:-1], active, "ACE", speed if active else 1e4, WIND["density_cm3"][t])
        for t, speed in ((1, 500.0), (0, 410.0))
        for active in (True, False)
    ]
    wind = write(swpc_objects(names, rows), "rtsw_wind_1m.json")
    assert has_the_wind(read_drive_file(wind, write(swpc_rows(MAG, mag()), "mag.json")))


def test_swpc_propagated_wind_has_the_times_at_the_earth(write):
    names = ("time_tag", "speed", "density", "bx", "by", "bz", "bt", "vx", "propagated_time_tag")
    speed, by, bz, density = (WIND[name] for name in ("speed_km_s", "by_nt", "bz_nt", "density_cm3"))
    rows = [(minute(t - 50), speed[t], density[t], 1, by[t], bz[t], 7, 0, minute(t)) for t in (0, 1)]
    series = read_drive_file(write(swpc_rows(names, rows)))
    assert has_the_wind(series) and series.warnings == ()


def test_a_field_file_needs_a_file(write):
    with pytest.raises(ValueError, match="goes with file, which has the rest of the wind"):
        DriveSettings(field_file=write(swpc_rows(MAG, mag())))


def test_a_scene_names_both_files_and_hashes_both(write, minimal_scene, tmp_path):
    times = range(-60, 61)
    shift = Epoch.parse("2015-01-28T09:45:00Z").seconds_since(START) / 60.0
    rows = [(minute(shift + t), "5", "400", "1") for t in times]
    fields = [(minute(shift + t), "1", "2", "-5", "0", "0", "7") for t in times]
    write(swpc_rows(PLASMA, rows), "plasma.json")
    write(swpc_rows(MAG, fields), "mag.json")
    text = minimal_scene + '[drive]\nfile = "plasma.json"\nfield_file = "mag.json"\n'
    scene = scene_from_text(text, folder=tmp_path)
    assert scene.drive.state(0.0, scene.time.epoch).coupling > 0.0
    before = scene.scene_hash
    write(swpc_rows(MAG, [(*row[:3], "-6", *row[4:]) for row in fields]), "mag.json")
    assert scene_from_text(text, folder=tmp_path).scene_hash != before
    with pytest.raises(InputError, match=r"\[drive\] field_file: no file"):
        scene_from_text(text.replace("mag", "magnet"), folder=tmp_path)
