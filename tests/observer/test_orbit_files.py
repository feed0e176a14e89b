"""Elements from files, OMM and two lines: the same orbit as its lines, the object that is meant, what is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from render.core.epoch import Epoch
from render.core.errors import InputError, SceneError
from render.observer.orbit import ObserverSettings, elements_age_days, observe, orbit_taken
from render.scene import scene_from_text
from tests.observer.orbit_files import (
    FORMS,
    ISS,
    LINE_1,
    LINE_2,
    OTHER,
    OTHER_1,
    OTHER_2,
    THREE_LINES,
    TWO_LINES,
    as_csv,
    as_json,
    as_lines,
    as_xml,
    with_checksum,
)

EPOCH = Epoch.parse("2015-01-28T09:45:00Z")
SAME_KM = 0.001  # the same numbers by two doors
LINES = ObserverSettings(tle=(LINE_1, LINE_2))
OTHER_LINES = ObserverSettings(tle=(OTHER_1, OTHER_2))


def file_of(tmp_path: Path, text: str, name: str = "orbits.txt") -> str:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return str(path)


def away_km(settings: ObserverSettings, other: ObserverSettings, epoch: Epoch = EPOCH) -> float:
    there, here = (observe(one.on_date(epoch), epoch).position_km for one in (settings, other))
    return float(np.linalg.norm(there - here))


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(("wanted", "lines"), [(25544, LINES), ("ISS MADE UP", OTHER_LINES)])
def test_omm_is_the_same_orbit_as_its_two_lines(tmp_path, name, wanted, lines) -> None:
    settings = ObserverSettings(omm=file_of(tmp_path, FORMS[name]), object=wanted)
    assert settings.moves
    for epoch in (EPOCH, EPOCH.plus_seconds(4 * 86_400.0)):
        assert away_km(settings, lines, epoch) < SAME_KM
    assert elements_age_days(settings.on_date(EPOCH), EPOCH) == pytest.approx(elements_age_days(lines, EPOCH), abs=1e-9)
    assert away_km(settings, LINES if lines is OTHER_LINES else OTHER_LINES) > 100.0  # the two can be told apart


@pytest.mark.parametrize("text", [TWO_LINES, THREE_LINES, "# of a test\n\n" + THREE_LINES, "\ufeff" + THREE_LINES])
@pytest.mark.parametrize(("wanted", "lines"), [("25544", LINES), (270001, OTHER_LINES), ("T0001", OTHER_LINES)])
def test_files_of_two_and_three_lines(tmp_path, text, wanted, lines) -> None:
    settings = ObserverSettings(tle=file_of(tmp_path, text), object=wanted)
    assert settings.on_date(EPOCH).tle == lines.tle


@pytest.mark.parametrize(
    "wanted", ["ISS (ZARYA)", "iss (zarya)", " iss  (ZARYA)", "zarya", "1998-067A", "98067A", 25544]
)
def test_an_object_has_many_names(tmp_path, wanted) -> None:
    for form in ({"tle": file_of(tmp_path, THREE_LINES)}, {"omm": file_of(tmp_path, FORMS["celestrak.csv"], "o.csv")}):
        assert away_km(ObserverSettings(**form, object=wanted), LINES) < SAME_KM


def test_a_file_of_one_object_needs_no_name(tmp_path) -> None:
    assert away_km(ObserverSettings(tle=file_of(tmp_path, f"ISS\n{LINE_1}\n{LINE_2}")), LINES) < SAME_KM
    single = json.dumps(ISS)
    assert away_km(ObserverSettings(omm=file_of(tmp_path, single, "a.json")), LINES) < SAME_KM


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (None, r"2 objects \(ISS \(ZARYA\) 25544, ISS MADE UP 270001\); say which by observer.object"),
        (
            "ISS",
            r'observer.object "ISS" fits 2 objects \(ISS \(ZARYA\) 25544, ISS MADE UP 270001\); give the catalogue',
        ),
        ("ISS (ZARIA)", r'no object "ISS \(ZARIA\)"; did you mean ISS \(ZARYA\)\? there: 2 objects'),
        (5, r"no object 5; there: 2 objects"),
    ],
)
def test_which_object_must_be_clear(tmp_path, wanted, message) -> None:
    for form in ({"tle": file_of(tmp_path, THREE_LINES)}, {"omm": file_of(tmp_path, FORMS["celestrak.xml"], "o.xml")}):
        with pytest.raises(InputError, match=message):
            ObserverSettings(**form, object=wanted).on_date(EPOCH)


def test_of_an_object_s_history_the_nearest_set_is_taken(tmp_path) -> None:
    days = ["15030.46425904", "15032.46425904", "15034.46425904"]
    history = "".join(f"{with_checksum(LINE_1.replace(days[1], day))}\n{LINE_2}\n" for day in days)
    messages = [{**ISS, "EPOCH": f"2015-{day}T11:08:31.981056"} for day in ("01-30", "02-01", "02-03")]
    forms = {"tle": file_of(tmp_path, history)}, {"omm": file_of(tmp_path, as_json(*messages), "o.json")}
    for form, (at, gap) in [
        (form, pair) for form in forms for pair in (("01-28", -2.06), ("02-01", -0.06), ("02-20", 16.9))
    ]:
        scene = Epoch.parse(f"2015-{at}T09:45:00Z")
        settings = ObserverSettings(**form)
        taken = orbit_taken(settings, scene)
        assert taken is not None and taken.gap_days == pytest.approx(gap, abs=0.05)
        assert elements_age_days(settings.on_date(scene), scene) == pytest.approx(taken.gap_days, abs=1e-6)
        assert f"{abs(taken.gap_days):.2f} days {'before' if gap < 0 else 'after'} them" in taken.words


def test_an_edited_file_is_read_anew(tmp_path) -> None:
    path = file_of(tmp_path, f"{LINE_1}\n{LINE_2}\n")
    settings = ObserverSettings(tle=path)
    assert settings.on_date(EPOCH).tle == (LINE_1, LINE_2)
    Path(path).write_text(f"{OTHER_1}\n{OTHER_2}\n")
    os.utime(path, ns=(1, 1))
    assert settings.on_date(EPOCH).tle == (OTHER_1, OTHER_2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"A\n{LINE_1[:-1]}\n{LINE_2[:-1]}", "line 2 has 68 columns: .*it would be '4' on line 2 and '5' on line 3"),
        (f"\n{LINE_1}\n{LINE_2[:-1]}4\n", "line 3: checksum given '4', expected '5'"),
        (f"{LINE_2}\n{LINE_1}\n", "line 1 starts with '2 ', line 2 with '1 ': they are swapped"),
        (f"{LINE_1}\n", "line 1 stands alone: .*that starts with '2 ' is missing"),
        (f"{LINE_1}\n{OTHER_2}\n", "line 2: satellite number given 'T0001', expected '25544' as on line 1"),
        ("nothing here\n", "no two-line elements in it"),
        ("\n", "empty; expected a text file"),
        ("a\0b", "a binary file"),
        (FORMS["celestrak.csv"], "not two-line elements but CSV; name it by observer.omm"),
        (FORMS["celestrak.json"], "not two-line elements but JSON; name it by observer.omm"),
    ],
)
def test_bad_files_of_lines_are_told(tmp_path, text, message) -> None:
    path = file_of(tmp_path, text)
    with pytest.raises(InputError, match=rf"^\[observer\] tle: {path}: {message}"):
        ObserverSettings(tle=path).on_date(EPOCH)


def test_one_bad_set_is_in_nobody_else_s_way(tmp_path) -> None:
    path = file_of(tmp_path, f"{LINE_2}\nLOST\n{LINE_1[:-1]}9\n{LINE_2}\n{OTHER_1}\n{OTHER_2}\n")
    assert ObserverSettings(tle=path, object=270001).on_date(EPOCH).tle == (OTHER_1, OTHER_2)
    with pytest.raises(InputError, match="line 1 stands alone"):
        ObserverSettings(tle=path, object=25544).on_date(EPOCH)


def without(key: str) -> dict[str, object]:
    return {name: value for name, value in ISS.items() if name != key}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            as_json({**ISS, "INCLINATION": 451}),
            "object 1, INCLINATION: 451 is out of range; it must be less than or equal to 180",
        ),
        (as_json({**ISS, "MEAN_MOTION": "fast"}), 'object 1, MEAN_MOTION: "fast" is not a number'),
        (as_json({**ISS, "BSTAR": "nan"}), 'object 1, BSTAR: "nan" is not a number'),
        (
            as_csv({**ISS, "EPOCH": "yesterday"}),
            'line 2, EPOCH: "yesterday" is no instant; expected e.g. 2015-01-28T09',
        ),
        (as_csv(without("BSTAR")), "line 2: BSTAR missing; SGP4 needs EPOCH, INCLINATION"),
        (as_csv(ISS).strip() + ",7\n", "line 2 has another number of values than the 17 columns"),
        (as_json({**ISS, "EPHEMERIS_TYPE": 4}), 'EPHEMERIS_TYPE is "4"; only SGP4\'s, 0, is read'),
        (as_json({**ISS, "MEAN_ELEMENT_THEORY": "SGP4-XP"}), 'MEAN_ELEMENT_THEORY is "SGP4-XP"; allowed: SGP4'),
        (as_xml(ISS).replace("TEME", "GCRF"), 'object 1: REF_FRAME is "GCRF"; allowed: TEME'),
        (as_lines(ISS).replace("EARTH", "MARS"), 'line 1: CENTER_NAME is "MARS"; allowed: EARTH'),
        (as_xml(ISS)[:200], "not XML: "),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><ndm/>', "has a DOCTYPE"),
        ('[{"OBJECT_NAME": ', "not JSON: "),
        ("[7]", "object 1 is 7; expected Orbit Mean-elements Messages"),
        ('{"error": "you must log in"}', "no elements in it"),
        ("No GP data found", 'begins "No GP data found"; expected Orbit Mean-elements'),
        ("<html><body>403</body></html>", 'begins "<html>'),
        (TWO_LINES, "not OMM but two-line elements; name it by observer.tle"),
    ],
)
def test_bad_messages_are_told(tmp_path, text, message) -> None:
    path = file_of(tmp_path, text)
    with pytest.raises(InputError, match=rf"^\[observer\] omm: {path}: (.*: )?{message}"):
        ObserverSettings(omm=path).on_date(EPOCH)


def test_messages_under_one_head(tmp_path) -> None:
    head, _, first = as_lines(ISS).partition("\nOBJECT_NAME")
    both = f"COMMENT of a test\n{head}\nOBJECT_NAME{first}\n\nOBJECT_NAME{as_lines(OTHER).partition('OBJECT_NAME')[2]}"
    for wanted, lines in ((25544, LINES), (270001, OTHER_LINES)):
        assert away_km(ObserverSettings(omm=file_of(tmp_path, both), object=wanted), lines) < SAME_KM


def test_day_of_the_year_is_a_date_too(tmp_path) -> None:
    path = file_of(tmp_path, as_json({**ISS, "EPOCH": "2015-032T11:08:31.981056"}))
    assert away_km(ObserverSettings(omm=path), LINES) < SAME_KM


def test_an_object_belongs_to_a_file() -> None:
    for given in ({"tle": (LINE_1, LINE_2)}, {"satellite": "ISS"}, {"gcrs_km": (7000.0, 0.0, 0.0)}):
        with pytest.raises(ValidationError, match="object"):
            ObserverSettings(**given, object=25544)


def test_lines_may_stand_in_one_text() -> None:
    assert ObserverSettings(tle=f"\nISS (ZARYA)\n{LINE_1}\n{LINE_2}\n").tle == (LINE_1, LINE_2)


def scene_text(observer: str) -> str:
    return f'[time]\nutc = "2015-01-28T09:45:00Z"\n[observer]\n{observer}\n'


def test_a_scene_finds_its_files_and_changes_with_them(tmp_path) -> None:
    file_of(tmp_path, as_json(ISS, OTHER), "orbits.json")
    file_of(tmp_path, THREE_LINES, "stations.txt")
    hashes = set()
    for observer in ('omm = "orbits.json"\nobject = 25544', 'tle = "stations.txt"\nobject = "ZARYA"'):
        scene = scene_from_text(scene_text(observer), folder=tmp_path)
        assert away_km(scene.observer, LINES) < SAME_KM
        hashes.add(scene.scene_hash)
    file_of(tmp_path, as_json({**ISS, "MEAN_ANOMALY": 199.7}, OTHER), "orbits.json")
    changed = scene_from_text(scene_text('omm = "orbits.json"\nobject = 25544'), folder=tmp_path)
    assert away_km(changed.observer, LINES) > 1.0
    assert len({changed.scene_hash, *hashes}) == 3
    lines = scene_from_text(scene_text(f'tle = ["{LINE_1}", "{LINE_2}"]'))
    assert len(lines.scene_hash) == 64


@pytest.mark.parametrize(
    ("observer", "message"),
    [
        ('omm = "none.json"', r'\[observer\] omm: no file "none.json" in '),
        ('tle = "orbits.json"', "not two-line elements but JSON; name it by observer.omm"),
        ("tle = 5", r"\[observer\] tle: 5 does not fit; allowed: a list of lines, or a file's name \(line 4\)"),
        (
            'omm = "orbits.json"\nobject = 1.5',
            r"\[observer\] object: 1.5 does not fit; allowed: a name or a catalogue number \(line 5\)",
        ),
        ('omm = "orbits.json"\ntle = "orbits.json"', "give exactly one of: .*given: tle, omm"),
        ('satellite = "ISS"\nobject = 1', r"\[observer\] object: .*\(line 5\)"),
    ],
)
def test_a_scene_says_what_is_wrong(tmp_path, observer, message) -> None:
    file_of(tmp_path, as_json(ISS, OTHER), "orbits.json")
    with pytest.raises(SceneError, match=message):
        scene_from_text(scene_text(observer), folder=tmp_path)


@pytest.mark.parametrize("key", ["omm", "tle", "oem"])
def test_a_frame_is_developed_without_its_orbit_s_file(tmp_path, key: str) -> None:
    """Where it was taken from does not matter any more; there is an observer all the same."""
    text = scene_text(f'{key} = "gone"\nobject = 25544')
    scene = scene_from_text(text, folder=tmp_path, files=False)
    assert np.isfinite(observe(scene.observer_on_date, scene.time.epoch).position_km).all()
    assert scene.text == text
