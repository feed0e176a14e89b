"""Kp as GFZ and SWPC give it out: the form is theirs, the numbers are ours."""

from __future__ import annotations

import pytest

from render.geophysics.drive.file import read_drive_file
from tests.geophysics.drive.measured import (
    HOUR_S,
    KP,
    complaint,
    has_the_storm,
    stamp,
    swpc_objects,
    swpc_rows,
    swpc_time,
)

GFZ_HEAD = "# PURPOSE: This file distributes the geomagnetic planetary index Kp\n# LICENSE: CC BY 4.0\n"
GFZ_DAILY = (
    GFZ_HEAD
    + "#YYY MM DD  days  days_m  Bsr dB    Kp1    Kp2    Kp3    Kp4    Kp5    Kp6    Kp7    Kp8  ap1  ap2  ap3  ap4  "
    "ap5  ap6  ap7  ap8    Ap  SN F10.7obs F10.7adj D\n"
)


def gfz_day(day="17", kp=KP):
    values = " ".join(f"{value:6.3f}" for value in kp)
    rest = "7   39   56   67  179  179  154  179   108  54    113.2    111.9 1"
    return f"2015 03 {day} 30391 30391.5 2479 10 {values}    {rest}\n"


@pytest.mark.parametrize("head", [GFZ_DAILY, "", GFZ_HEAD])
def test_gfz_days(write, head):
    assert has_the_storm(read_drive_file(write(head + gfz_day())))


def test_gfz_missing_values_are_left_out_and_counted(write):
    kp = (*KP[:5], -1.0, -1.0, -1.0)
    series = read_drive_file(write(GFZ_DAILY + gfz_day(kp=kp)))
    assert len(series.kp) == 5 and series.end_s == 15 * HOUR_S
    assert "3 rows hold fill values or nothing (first: line 4, Kp6) and are left out" in series.warnings[0]


def gfz_intervals(name="Kp"):
    rows = [
        f"2015 03 17 {3 * i:04.1f} {3 * i + 1.5:05.2f} 30391.00000 30391.06250 {kp:6.3f}   39 1\n"
        for i, kp in enumerate(KP)
    ]
    return f"{GFZ_HEAD}#YYY MM DD hh.h hh._m        days      days_m     {name}   ap D\n" + "".join(rows)


def test_gfz_intervals(write):
    assert has_the_storm(read_drive_file(write(gfz_intervals())))
    assert "Hp30 of GFZ, which is not Kp" in complaint(write(gfz_intervals("Hp30")))


def test_gfz_line_that_is_cut(write):
    assert "line 5: 12 columns; GFZ's file has 28" in complaint(
        write(GFZ_DAILY + gfz_day() + " ".join(gfz_day("18").split()[:12]) + "\n")
    )


def gfz_answer(**other):
    times = [stamp(3 * i) for i in range(8)]
    meta = {"source": "GFZ Potsdam", "license": "CC BY 4.0"}
    return {"meta": meta, "datetime": times, "Kp": list(KP), "status": ["def"] * 8, **other}


def test_gfz_web_service(write):
    assert has_the_storm(read_drive_file(write(gfz_answer(), "kp.json")))
    gap = read_drive_file(write(gfz_answer(Kp=[*KP[:6], None, -1.0])))
    assert len(gap.kp) == 6 and "2 rows hold fill values or nothing (first: entry 7)" in gap.warnings[0]
    answer = gfz_answer(ap=[1] * 8)
    del answer["Kp"]
    assert "GFZ's answer holds ap; allowed: Kp, asked for with index=Kp" in complaint(write(answer))
    assert "8 instants and 3 values of Kp" in complaint(write(gfz_answer(Kp=[1, 2, 3])))


@pytest.mark.parametrize("form", [swpc_rows, swpc_objects])
@pytest.mark.parametrize("as_text", [str, float])
def test_swpc_kp(write, form, as_text):
    rows = [(swpc_time(3 * i), as_text(kp), "12", "8") for i, kp in enumerate(KP)]
    assert has_the_storm(read_drive_file(write(form(("time_tag", "Kp", "a_running", "station_count"), rows))))


def test_swpc_kp_fraction_is_taken_for_its_whole_number(write):
    rows = [(swpc_time(3 * i), str(round(kp)), str(kp), "12", "8") for i, kp in enumerate(KP)]
    names = ("time_tag", "Kp", "Kp_fraction", "a_running", "station_count")
    assert has_the_storm(read_drive_file(write(swpc_rows(names, rows))))


def test_swpc_forecast_says_what_was_not_observed(write):
    seen = ["observed"] * 5 + ["estimated", "predicted", "predicted"]
    rows = [(swpc_time(3 * i), kp, word, None) for i, (kp, word) in enumerate(zip(KP, seen, strict=True))]
    series = read_drive_file(write(swpc_rows(("time_tag", "kp", "observed", "noaa_scale"), rows)))
    assert has_the_storm(series)
    assert series.warnings == (f"{series.path}: 3 rows are estimated or predicted, not observed",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[1, 2", "begins as JSON and is none: line 1: Expecting ',' delimiter"),
        ({"what": 1}, "JSON of no known form; allowed: GFZ's (datetime, Kp), SWPC's tables"),
        ([], "JSON of no known form"),
        ("[" * 100_000, "begins as JSON and is none"),
        ([["time_tag", "flux"], ["2015-03-17", 1]], "SWPC's table of flux, time_tag; allowed: Kp, or speed"),
        ([["time_tag", "Kp"], ["2015-03-17"]], "entry 1: no row of the 2 columns time_tag, kp"),
        ([["time_tag", "Kp"], ["soon", 3]], "entry 1, time 'soon' is not ISO 8601"),
        ([["time_tag", "Kp"], ["2015-03-17", 12]], "entry 1, kp: 12 is out of range; allowed: 0 to 9"),
        ([["time_tag", "Kp"]], "SWPC's table of nothing"),
    ],
)
def test_what_is_no_known_form_is_refused_in_one_line(write, content, words):
    assert words in complaint(write(content))
