"""Kp of three hours holds for them, whatever the file's rows."""

from __future__ import annotations

import pytest

from render.core.errors import InputError
from render.geophysics.drive.file import read_drive_file
from render.geophysics.drive.settings import DriveSettings
from tests.geophysics.drive.measured import HOUR_S, START
from tests.geophysics.drive.measured import stamp_s as stamp


def kp_rows(*values, every_s=3 * HOUR_S):
    return "time,kp\n" + "".join(f"{stamp(i * every_s)},{value}\n" for i, value in enumerate(values))


STORM = (2.333, 4.667, 5.333, 5.667, 7.667)


def hourly(*values):
    return kp_rows(*(value for value in values for _ in range(3)), every_s=HOUR_S)


def centred(*values):
    rows = kp_rows(*values).splitlines(keepends=True)
    return rows[0] + "".join(f"{stamp((3 * i + 1.5) * HOUR_S)},{value}\n" for i, value in enumerate(values))


@pytest.mark.parametrize("rows", [kp_rows, centred, hourly])
def test_kp_of_three_hours_holds_for_them(write, rows):
    """By their beginnings, by their middles, or repeated every hour: 09 to 12 UT has one Kp, to its last second."""
    drive = DriveSettings(file=write(rows(*STORM)))
    for interval, kp in enumerate(STORM):
        for hours in (0.0, 0.01, 1.5, 2.9999):
            assert drive.state((3 * interval + hours) * HOUR_S, START).kp == kp
    assert drive.state((11 + 55 / 60) * HOUR_S, START).kp == 5.667
    assert drive.state(15 * HOUR_S, START).kp == 7.667  # the end of the last interval, and of the file
    assert drive.warnings(START, 0.0, 15 * HOUR_S) == ()
    with pytest.raises(InputError, match=rf"goes from {stamp(0)} to {stamp(15 * HOUR_S)}"):
        drive.state(15 * HOUR_S + 1.0, START)


@pytest.mark.parametrize("start_s", [1000.0, 2 * HOUR_S + 3540.0])
def test_three_hours_of_no_interval_are_linear_and_warned_of(write, start_s):
    text = "time,kp\n" + "".join(f"{stamp(start_s + 3 * HOUR_S * i)},{kp}\n" for i, kp in enumerate((2, 5, 4)))
    series = read_drive_file(write(text))
    assert series.kp_at(1.5 * HOUR_S) == pytest.approx(3.5) and not series.held
    assert series.warnings == (
        f"{series.path}: Kp every 3 h, but neither at 00, 03 ... UT nor at 01:30 ...; taken linear between",
    )


def test_hourly_kp_that_changes_within_its_three_hours_is_linear(write):
    series = read_drive_file(write(kp_rows(3, 3, 3, 4, 4, 5, every_s=HOUR_S)))
    assert not series.held and series.kp_at(4.5 * HOUR_S) == pytest.approx(4.5)


def test_a_missing_interval_holds_on_and_many_are_a_gap(write):
    series = read_drive_file(write(kp_rows(1, 2, 3, 99, 5, 4)))
    assert series.gaps == () and series.kp_at(10 * HOUR_S) == 3.0
    assert series.warnings[0].endswith("(first: line 5) and are left out; the Kp before them holds on")
    short = read_drive_file(write(kp_rows(1, 99, 3, 4)))
    assert short.held and short.kp_at(5 * HOUR_S) == 1.0
    gappy = read_drive_file(write(kp_rows(1, 2, 99, 99, 99, 5, 4)))
    assert gappy.gaps == ((6 * HOUR_S, 15 * HOUR_S),)
    assert gappy.kp_at(6 * HOUR_S - 1.0) == 2.0
    with pytest.raises(InputError, match=f"is in a gap from {stamp(6 * HOUR_S)} to {stamp(15 * HOUR_S)}"):
        gappy.require(7 * HOUR_S)


def test_check_tells_the_interval_and_those_of_a_film(write, write_scene, minimal_scene, run):
    write(kp_rows(*STORM), "series.csv")
    film = "[film]\ninterval_s = 3600.0\nframes = 4\n"
    text = minimal_scene.replace("2015-01-28T09:45:00Z", "2015-03-17T10:00:00Z")
    code, out, _ = run("check", write_scene(text + film + '[drive]\nfile = "series.csv"\n'))
    assert code == 0 and "Kp 5.67 (file series.csv, Kp of 09 to 12 UT), Ap 67" in out
    assert "then Kp 8- from 12 UT" in out
