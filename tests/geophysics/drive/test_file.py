"""A drive from a file: read as written, linear between rows, and one clear line for all that is no series."""

from __future__ import annotations

import os
import re

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.geophysics.drive.file import read_drive_file
from render.geophysics.drive.settings import DriveSettings
from render.geophysics.drive.solar_wind import MEMORY_S, newell_coupling
from render.scene import scene_from_text

START = Epoch.parse("2015-03-17T00:00:00Z")
WIND = "time,speed_km_s,by_nt,bz_nt,density_cm3\n"
HOUR_S = 3600.0


def stamp(seconds):
    return START.plus_seconds(seconds).isoformat()


@pytest.fixture
def write(tmp_path):
    def write(text, name="series.csv"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def kp_rows(*values, every_s=3 * HOUR_S):
    return "time,kp\n" + "".join(f"{stamp(i * every_s)},{value}\n" for i, value in enumerate(values))


def wind_rows(*rows, every_s=60.0):
    return WIND + "".join(f"{stamp(i * every_s)},{row}\n" for i, row in enumerate(rows))


def complaint(path):
    with pytest.raises(InputError) as refused:
        read_drive_file(path)
    message = str(refused.value)
    assert "\n" not in message and message.startswith(path + ": ")
    return message.removeprefix(path + ": ")


def test_kp_of_other_rows_is_linear_between_them(write):
    drive = DriveSettings(file=write("# mine\n" + kp_rows(2.0, 5.0, 4.0, every_s=2 * HOUR_S)))
    assert drive.state(HOUR_S, START).kp == pytest.approx(3.5)
    assert drive.state(0.0, START.plus_seconds(3 * HOUR_S)).kp == pytest.approx(4.5)
    state = drive.state(4 * HOUR_S, START)
    assert (state.kp, state.pressure_npa, state.coupling) == (4.0, None, None)
    assert drive.ap_at(2 * HOUR_S, START) == pytest.approx(48.0)
    assert drive.onsets(-1e6, 1e6, START) == ()
    assert drive.warnings(START, 0.0, 4 * HOUR_S) == ()


def test_wind_is_linear_between_rows(write):
    path = write(wind_rows("400,0,4,5", "500,0,-4,7", every_s=HOUR_S))
    state = DriveSettings(file=path).state(0.75 * HOUR_S, START)
    assert state.coupling == pytest.approx(float(newell_coupling(475.0, 0.0, -2.0)))
    assert state.pressure_npa == pytest.approx(2e-6 * 6.5 * 475.0**2)


def test_a_file_of_a_steady_wind_is_that_wind_and_its_substorms(write):
    drive = DriveSettings(file=write(wind_rows(*["500,2,-5,6"] * 25, every_s=HOUR_S)))
    steady = DriveSettings(solar_wind={"speed_km_s": 500, "by_nt": 2, "bz_nt": -5, "density_cm3": 6})
    one, other = drive.state(50_000.0, START), steady.state(50_000.0, START)
    assert (one.kp, one.activity, one.coupling) == pytest.approx((other.kp, other.activity, other.coupling))
    later = START.plus_seconds(7200.0)  # another scene, the same file: the same substorms at the same instants
    here, there = (drive.onsets(-1e6, 1e6, scene) for scene in (START, later))
    assert len(here) == 8
    assert [a.time_s - b.time_s for a, b in zip(here, there, strict=True)] == pytest.approx([7200.0] * 8)


@pytest.mark.parametrize(
    "time", ["2015-03-17T00:00:00+00:00", "2015-03-17 00:00", "20150317", "2015-03-17T02:00+02:00"]
)
def test_times_may_be_written_in_any_form_of_iso_8601(write, time):
    assert read_drive_file(write(f'time, "kp"\r\n{time}, 3\r\n{stamp(60)}, 4\r\n')).first == START


def test_columns_come_in_any_order(write):
    one = read_drive_file(write(wind_rows("400,1,-2,5", "410,1,-3,6"), "a.csv"))
    two = read_drive_file(write("density_cm3,time,bz_nt,by_nt,speed_km_s\n" + "".join(
        f"{n},{stamp(t)},{bz},1,{v}\n" for t, v, bz, n in ((0, 400, -2, 5), (60, 410, -3, 6))), "b.csv"))  # fmt: skip
    assert np.array_equal(one.wind.linear_kp_mean, two.wind.linear_kp_mean)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty; the first row must name the columns: time,kp or time,speed_km_s,"),
        ("time,kp\n", "0 rows of numbers"),
        ("time,kp\n2015-03-17,3\n", "1 rows of numbers (0 hold fill values); at least 2 are needed"),
        ("time\n2015-03-17\n", "only the column time; the first row must name"),
        ("time,Kp\n2015-03-17,3\n", 'unknown column "Kp"; did you mean kp? allowed: time, kp, speed_km_s'),
        ("time;kp\n2015-03-17;3\n", "columns are parted by commas"),
        ("kp\n3\n4\n", "missing time; needed are the columns time, kp"),
        ("time,speed_km_s,bz_nt\n2015-03-17,400,1\n", "missing by_nt, density_cm3"),
        ("time,kp,bz_nt\n2015-03-17,3,1\n", "kp and bz_nt both say what drives the aurora; give one"),
        ("time,kp,kp\n2015-03-17,3,1\n", "column kp is there twice"),
        ("time,kp\n2015-03-17\n", "line 2: 1 values, the header names 2 columns"),
        (kp_rows(3, "much"), 'line 3, kp: "much" is not a number'),
        (kp_rows(3, "5+"), 'line 3, kp: "5+" is not a number; write thirds of Kp as numbers: 5.33'),
        (kp_rows(3, "5-"), "write thirds of Kp as numbers: 4.67"),
        (kp_rows(3, 4).split("\n", 1)[1], "no row of column names; the first row must name the columns: time,kp or"),
        (kp_rows(3, "inf"), "line 3, kp: inf is not finite"),
        (kp_rows(3, 4, 12), "line 4, kp: 12 is out of range; allowed: 0 to 9"),
        (kp_rows(3, 37), "line 3, kp: 37 is out of range; allowed: 0 to 9; it may be Kp times ten"),
        (kp_rows(3, -0.5), "line 3, kp: -0.5 is out of range"),
        ("time,kp\nsoon,3\n", "line 2, time 'soon' is not ISO 8601; write e.g. 2015-01-28T09:45:00Z"),
        (
            f"# one\ntime,kp\n{stamp(60)},3\n{stamp(0)},4\n",
            "line 4, time: 2015-03-17T00:00:00Z follows 2015-03-17T00:01:00Z; the rows must rise in time",
        ),
        (f"time,kp\n{stamp(0)},3\n{stamp(0)},4\n", "the rows must rise in time"),
        (wind_rows("400,0,0,5", "400000,0,0,5"), "line 3, speed_km_s: 400000 is out of range; allowed: 100 to 3000; "
         "it looks like m/s: divide by 1000"),
        (wind_rows("-400,0,0,5"), "it looks like the velocity's x component"),
        (wind_rows("0.4,0,0,5"), "line 2, speed_km_s: 0.4 is out of range; allowed: 100 to 3000"),
        (wind_rows("400,0,0,5e6"), "line 2, density_cm3: 5e6 is out of range; allowed: 0 to 200; it looks like m-3"),
        (wind_rows("400,0,0,-5"), "density_cm3: -5 is out of range"),
        (wind_rows("400,0,300,5"), "bz_nt: 300 is out of range; allowed: -200 to 200"),
        (wind_rows("400,2e-9,1e-9,5", "400,1e-9,-8e-9,5"), "line 3, bz_nt: -8e-09 is the strongest field of the file; "
         "allowed: nT, and it looks like T: multiply by 1e9"),
    ],
)  # fmt: skip
def test_what_is_no_series_is_refused_in_one_line(write, text, words):
    assert words in complaint(write(text))


def test_what_is_no_text_is_refused(tmp_path, write):
    assert "no such file" in complaint(str(tmp_path / "gone.csv"))
    assert "a folder" in complaint(str(tmp_path))
    (tmp_path / "odd.csv").write_bytes(b"time,kp\n\0")
    assert "binary" in complaint(str(tmp_path / "odd.csv"))
    with (tmp_path / "long.csv").open("wb") as file:
        file.truncate(20_000_001)
    assert "more than 20 MB; cut out the days" in complaint(str(tmp_path / "long.csv"))


def test_instants_outside_the_file_are_refused_and_both_are_said(write):
    drive = DriveSettings(file=write(kp_rows(2, 3, every_s=3 * HOUR_S)))
    for requested in (-1.0, 6 * HOUR_S + 1.0):
        words = f"{stamp(requested)} is outside the file, which goes from {stamp(0)} to {stamp(6 * HOUR_S)}"
        for call in (drive.state, drive.ap_at, lambda t, scene: drive.warnings(scene, 0.0, t)):
            with pytest.raises(InputError, match=re.escape(words)):
                call(requested, START)


@pytest.mark.parametrize("fill", ["nan", "", "null", "-1e31", "9999.99", "99999.9", "999.99", "-9999.9"])
def test_fill_values_are_left_out_and_said(write, fill):
    rows = ["400,1,-2,5"] * 10
    rows[4] = f"400,1,{fill},5" if fill != "999.99" else f"400,1,-2,{fill}"
    series = read_drive_file(write(wind_rows(*rows)))
    assert len(series.time_s) == 9 and series.gaps == ()  # one minute is bridged
    assert series.warnings == (f"{series.path}: 1 rows hold fill values or nothing (first: line 6) and are left out",)


def test_rows_days_apart_are_warned_of(write):
    series = read_drive_file(write(kp_rows(3, 4, 5, every_s=40 * 86_400)))
    assert series.warnings == (f"{series.path}: the rows are 40 days apart, and taken linear between",)
    assert read_drive_file(write(kp_rows(3, 4, 5, every_s=86_400), "daily.csv")).warnings == ()


@pytest.mark.parametrize("fill", ["99", "99.9", "-1", "-1.000"])
def test_missing_kp_is_no_kp(write, fill):
    series = read_drive_file(write(kp_rows(3, fill, 4)))
    assert list(series.kp) == [3.0, 4.0]


def test_a_file_of_fill_values_is_refused(write):
    assert "1 rows of numbers (2 hold fill values)" in complaint(write(kp_rows(3, 99, "nan")))


def gappy(write):
    rows = ["400,1,-2,5"] * 60
    rows[20:40] = ["99999.9,9999.99,9999.99,999.99"] * 20  # rows 19 and 40 stay: 21 min without wind
    return DriveSettings(file=write(wind_rows(*rows)))


def test_instants_inside_a_gap_are_refused(write):
    drive = gappy(write)
    for inside in (19 * 60 + 1, 1800, 40 * 60 - 1):
        with pytest.raises(InputError, match=rf"is in a gap from {stamp(19 * 60)} to {stamp(40 * 60)}, longer than 3"):
            drive.state(inside, START)
    for edge in (19 * 60, 40 * 60, 3000):
        assert drive.state(edge, START).kp > 0.0


@pytest.mark.parametrize("begun_s", [0.0, 300.0, 1500.0])
def test_warnings_are_of_the_instants_asked_about(write, begun_s):
    """Their range is the scene's, not the file's: it moves with the scene's time, ends at the last instant."""
    drive, scene = gappy(write), START.plus_seconds(begun_s)
    gap_s, over_s = 19 * 60 - begun_s, 40 * 60 - begun_s

    def told(first_s, last_s):
        return [
            word for line in drive.warnings(scene, first_s, last_s) for word in (" gap ", " begins ") if word in line
        ]

    assert told(-begun_s, gap_s) == [" begins "]  # up to the gap's first edge, which is no instant inside it
    assert told(-begun_s, over_s) == [" gap ", " begins "]
    assert told(over_s, over_s) == [" gap ", " begins "]  # the gap is remembered
    for first_s, last_s in ((-begun_s - 1.0, gap_s), (-begun_s, 3541.0 - begun_s), (gap_s + 1.0, over_s)):
        with pytest.raises(InputError):
            drive.warnings(scene, first_s, last_s)
    (gap,) = [line for line in drive.warnings(scene, -begun_s, over_s) if " gap " in line]
    assert f"a gap from {stamp(19 * 60)} to {stamp(40 * 60)}" in gap
    assert len(drive.warnings(scene, -begun_s, -begun_s)) == 2  # rows left out, the file's beginning


def test_a_scene_warns_of_its_film_from_first_frame_to_last(write, minimal_scene, tmp_path):
    first = Epoch.parse("2015-01-28T09:45:00Z")
    rows = [f"{first.plus_seconds(60.0 * i - 86_400.0).isoformat()},400,1,-2,5\n" for i in range(1440 + 10)]
    del rows[1443:1447]  # from 120 s to 420 s after the scene's time; the file ends at 540 s
    write(WIND + "".join(rows))
    text = minimal_scene + '[drive]\nfile = "series.csv"\n[film]\ninterval_s = 60.0\nframes = {}\n'

    def scene(frames):
        return scene_from_text(text.format(frames), folder=tmp_path)

    assert scene(1).warnings == scene(3).warnings == ()
    (gap,) = scene(9).warnings
    assert " gap " in gap
    assert scene(10).warnings == (gap,)  # the last frame is at the file's last row
    (end,) = scene(11).warnings
    assert end.startswith("the film's end: ") and "is outside the file" in end
    for instants in ((0.0, 480.0), (480.0, 0.0), (480.0,)):
        assert scene(1).warnings_at(*(first.plus_seconds(t) for t in instants)) == (gap,)
    for instants in ((-86_000.0, 0.0), (0.0, -86_000.0)):
        (early,) = scene(1).warnings_at(*(first.plus_seconds(t) for t in instants))
        assert " begins 6.67 min before the first instant" in early


@pytest.mark.parametrize("begun_s", [0.0, 1800.0])
def test_wind_that_begins_just_before_the_first_instant_is_doubtful(write, begun_s):
    drive = DriveSettings(file=write(wind_rows(*["400,1,-2,5"] * 25, every_s=HOUR_S)))
    scene = START.plus_seconds(begun_s)
    (early,) = drive.warnings(scene, 1800.0 - begun_s, 4 * HOUR_S)
    assert "begins 30 min before the first instant; Kp averages over 2.32 h" in early
    assert len(drive.warnings(scene, MEMORY_S - begun_s - 1.0, 4 * HOUR_S)) == 1
    assert drive.warnings(scene, MEMORY_S - begun_s, 4 * HOUR_S) == ()


def test_an_unchanged_file_is_read_once_and_a_changed_one_again(write):
    path = write(kp_rows(2, 3))
    first = read_drive_file(path)
    os.utime(path, (1, 1))
    assert read_drive_file(path) is first
    write(kp_rows(2, 4))
    assert read_drive_file(path).kp[-1] == 4.0


def test_a_scene_names_its_file(write, minimal_scene, tmp_path):
    scene_time = Epoch.parse("2015-01-28T09:45:00Z")
    rows = "".join(f"{scene_time.plus_seconds(t).isoformat()},{kp}\n" for t, kp in ((-60.0, 4), (60.0, 6)))
    write("time,kp\n" + rows)
    text = minimal_scene + '[drive]\nfile = "series.csv"\n'
    scene = scene_from_text(text, folder=tmp_path)
    assert scene.drive.state(0.0, scene.time.epoch).kp == pytest.approx(5.0)
    assert scene.warnings_at(scene.time.epoch) == ()
    (end,) = scene.warnings
    assert end.startswith("the film's end: ") and "is outside the file" in end
    with pytest.raises(InputError, match="is outside the file"):
        scene.warnings_at(scene.time.epoch, scene.time.epoch.plus_seconds(100.0))  # before anything is rendered
    before = scene.scene_hash
    write("time,kp\n" + rows.replace(",6", ",7"))
    assert scene_from_text(text, folder=tmp_path).scene_hash != before
    with pytest.raises(InputError, match=r"\[drive\] file: no file"):
        scene_from_text(text.replace("series", "serious"), folder=tmp_path)
    write("time,kp\n" + rows.replace(",6", ",12"))
    with pytest.raises(InputError, match=r"\[drive\] file: .*line 3, kp: 12 is out of range; allowed: 0 to 9 \(line"):
        scene_from_text(text, folder=tmp_path)


def test_check_tells_kp_and_refuses_what_the_file_does_not_cover(write, write_scene, minimal_scene, run, tmp_path):
    write(kp_rows(2, 5, 4))
    path = write_scene(minimal_scene + '[drive]\nfile = "series.csv"\n')
    code, _, err = run("check", path)
    assert code == 2 and "2015-01-28T09:45:00Z is outside the file, which goes from 2015-03-17T00:00:00Z" in err
    code, out, err = run("check", path, "--at", stamp(3 * HOUR_S))
    assert code == 0 and "Kp 5: discrete oval" in out and err == ""
