"""Ephemerides (OEM): written here from SGP4's states in every frame and scale, read back, against SGP4 and skyfield."""

from __future__ import annotations

import re

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.core.errors import InputError, SceneError
from render.frame.moment import moment_of
from render.frame.points_of_light import region
from render.frame.view import TRACK_POINTS, view_of
from render.observer.orbit import ObserverSettings, observe, orbit_taken
from render.scene import scene_from_text
from tests.observer.ephemerides import (
    AHEAD_S,
    FRAMES,
    START,
    as_lines,
    as_xml,
    eme2000,
    file_of,
    gcrf,
    itrf,
    meta,
    rows,
    segment,
    teme,
    teme_of_2000,
)
from tests.observer.orbit_files import LINE_1, LINE_2

ISS = ObserverSettings(tle=(LINE_1, LINE_2))
NEAR_KM = 0.1
AT_STATE_KM = 1e-5
# km/s; SGP4's velocities are the rates of its own places within 1.3e-5, which moves places between states by 0.4 m
RATE_KM_S = {0.001: 3e-5, 0.002: 3e-5, NEAR_KM: 3e-4}


def check(
    settings: ObserverSettings, near_km: float = NEAR_KM, after_s: tuple[float, ...] = (0.0, 47.0, 700.5, 1320.0)
) -> None:
    """Assert places and velocities of the two lines, and of skyfield."""
    for seconds in after_s:
        epoch = START.plus_seconds(seconds)
        mine, theirs = observe(settings, epoch), observe(ISS, epoch)
        assert np.linalg.norm(mine.position_km - theirs.position_km) < near_km
        assert np.linalg.norm(mine.velocity_km_s - theirs.velocity_km_s) < RATE_KM_S[near_km]
        assert np.linalg.norm(mine.position_km - itrf(epoch)[0]) < near_km


@pytest.mark.parametrize("frame", FRAMES)
def test_every_frame_is_the_same_orbit(tmp_path, frame: str) -> None:
    settings = file_of(tmp_path, as_lines(segment(meta(frame), rows(FRAMES[frame]))))
    assert settings.moves
    check(settings, near_km=0.001)
    at_a_state = observe(settings, START).position_km - itrf(START)[0]
    assert np.linalg.norm(at_a_state) < AT_STATE_KM  # the bias of EME2000 is 0.8 m


def test_a_frame_of_one_instant_and_its_negative(tmp_path) -> None:
    fixed = meta("TEME", REF_FRAME_EPOCH="2000-001T12:00:00")
    check(file_of(tmp_path, as_lines(segment(fixed, rows(teme_of_2000)))), near_km=0.001)
    wrong = file_of(tmp_path, as_lines(segment(meta("GCRF"), rows(teme))))
    with pytest.raises(AssertionError):
        check(wrong)


@pytest.mark.parametrize("scale", AHEAD_S)
def test_every_time_scale_is_the_same_orbit(tmp_path, scale: str) -> None:
    text = as_lines(segment(meta("GCRF", TIME_SYSTEM=scale), rows(gcrf, scale)))
    check(file_of(tmp_path, text), near_km=0.001)
    if scale != "UTC":
        with pytest.raises((AssertionError, InputError)):
            check(file_of(tmp_path, text.replace(f"TIME_SYSTEM          = {scale}", "TIME_SYSTEM = UTC")))


def test_across_a_leap_second(tmp_path) -> None:
    """A straight flight of 7 km/s in TAI, written in UTC around the end of 2016: no step at the leap."""
    first = Epoch.parse("2016-12-31T23:58:00Z")
    states = []
    for k in range(-2, 6):
        utc = first.plus_seconds(60.0 * k)
        tai_s = 60.0 * k + (1.0 if k >= 2 else 0.0)
        states.append(
            (utc.isoformat().replace("Z", ""), [f"{v:.9f}" for v in (7000.0, 7.0 * tai_s, 0.0, 0.0, 7.0, 0.0)])
        )
    settings = file_of(tmp_path, as_lines(segment(meta("ITRF2014"), states)))
    for text, tai_s in (("2016-12-31T23:59:30Z", 90.0), ("2017-01-01T00:00:30Z", 151.0)):
        np.testing.assert_allclose(
            observe(settings, Epoch.parse(text)).position_km, [7000.0, 7.0 * tai_s, 0.0], atol=1e-5
        )


@pytest.mark.parametrize(
    ("method", "degree", "near_km"),
    [("HERMITE", "3", 0.1), ("HERMITE", "5", 0.001), ("LAGRANGE", "7", 0.002), ("LAGRANGE", "5", 0.1), ("", "", 0.001)],
)
def test_the_file_says_how_to_interpolate(tmp_path, method: str, degree: str, near_km: float) -> None:
    fields = meta("EME2000", INTERPOLATION=method, INTERPOLATION_DEGREE=degree)
    check(file_of(tmp_path, as_lines(segment(fields, rows(eme2000)))), near_km)


def test_straight_is_straight(tmp_path) -> None:
    """A chord of 120 s is h^2 g / 8 = 15.6 km below the orbit at its middle."""
    fields = meta("GCRF", INTERPOLATION="LINEAR", INTERPOLATION_DEGREE="1")
    settings = file_of(tmp_path, as_lines(segment(fields, rows(gcrf))))
    for seconds in (60.0, 540.0):
        epoch = START.plus_seconds(seconds)
        sag_km = np.linalg.norm(observe(settings, epoch).position_km - itrf(epoch)[0])
        assert sag_km == pytest.approx(120.0**2 * 398600.4 / 6790.0**2 / 8.0, rel=0.01)


def test_xml_is_the_same_file(tmp_path) -> None:
    days = [(at.replace("2015-01-28", "2015-028") + "Z", values) for at, values in rows(eme2000)]
    check(file_of(tmp_path, as_xml(meta("EME2000"), days)), near_km=0.001)


def test_segments_are_never_mixed(tmp_path) -> None:
    """Before and after a manoeuvre: each segment has its own orbit, and between them there is none."""
    lifted = [(at, [str(float(v) * 1.01) for v in values]) for at, values in rows(gcrf)]
    text = as_lines(segment(meta("GCRF"), rows(gcrf)[:6]), segment(meta("GCRF"), lifted[6:]))
    settings = file_of(tmp_path, text)
    check(settings, after_s=(0.0, 500.0, 600.0))
    there = observe(settings, START.plus_seconds(780.0)).position_km
    assert np.linalg.norm(there) == pytest.approx(1.01 * np.linalg.norm(itrf(START.plus_seconds(780.0))[0]), abs=0.001)
    with pytest.raises(
        InputError, match=r"T09:51:00Z is outside the time that it covers: .*09:50:00Z, 2015-01-28T09:52"
    ):
        observe(settings, START.plus_seconds(660.0))


def test_outside_the_span_is_refused(tmp_path) -> None:
    useable = meta("GCRF", USEABLE_START_TIME="2015-01-28T09:44:00", USEABLE_STOP_TIME="2015-01-28T09:58:00")
    whole, inner = (as_lines(segment(fields, rows(gcrf))) for fields in (meta("GCRF"), useable))
    for text, bad, words in (
        (whole, (-0.001, 1320.001), "09:40:00Z to .*10:02:00Z"),
        (inner, (239.0, 1081.0), "09:44.*09:58"),
    ):
        settings = file_of(tmp_path, text)
        for seconds in bad:
            with pytest.raises(InputError, match=f"^\\[observer\\] oem: .*outside the time that it covers: .*{words}"):
                observe(settings, START.plus_seconds(seconds))
    check(file_of(tmp_path, inner), after_s=(240.0, 1080.0))


def test_the_orbit_is_told(tmp_path) -> None:
    taken = orbit_taken(file_of(tmp_path, as_lines(segment(meta("EME2000"), rows(eme2000)))), START)
    assert taken is not None and taken.name == "ISS" and taken.lines is None and taken.gap_days is None
    assert taken.words == (
        "ISS by its ephemeris of 2015-01-28T09:40:00Z to 2015-01-28T10:02:00Z (EME2000; Hermite, 4 states at a time)"
    )


GOOD = as_lines(segment(meta("GCRF"), rows(gcrf)))
FIRST = GOOD.splitlines().index(next(line for line in GOOD.splitlines() if line.startswith("2015"))) + 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("GCRF", "MOON_ME"), 'segment at line 5: REF_FRAME is "MOON_ME"; allowed: .*, TEME, ITRF$'),
        (GOOD.replace("= UTC", "= TDB"), 'TIME_SYSTEM is "TDB"; allowed: UTC, TAI, TT, GPS'),
        (GOOD.replace("= EARTH", "= MOON"), 'CENTER_NAME is "MOON"; allowed: EARTH'),
        (GOOD.replace("HERMITE", "SPLINE"), 'INTERPOLATION is "SPLINE"; allowed: HERMITE, LAGRANGE, LINEAR'),
        (GOOD.replace("DEGREE = 7", "DEGREE = 7.5"), "INTERPOLATION_DEGREE is 7.5; allowed: whole numbers, 1 to 25"),
        (GOOD.replace("HERMITE", "LAGRANGE").replace("DEGREE = 7", "DEGREE = 15"), "takes 16 states; it has 12"),
        (GOOD.replace("T09:42:00 ", "T09:40:00 "), f"line {FIRST + 1}: 2015-01-28T09:40:00 is not after the state"),
        (GOOD.replace("T09:42:00 ", "T09:42:00 1 "), f"line {FIRST + 1}: 8 values; expected 7, a time, x, y, z"),
        (GOOD.replace("T09:42:00 ", "T9h42 "), f"line {FIRST + 1}: .*is no instant"),
        (GOOD.replace("T09:42:00 ", "T09:42:00 x").replace("xx", "x"), f"line {FIRST + 1}: \"x.* is not a number"),
        (re.sub(r"(\d)\.(\d{3})", r"\1\2.", GOOD), r"km from Earth's centre; allowed 6300 to 1000000 \(unit: km\)"),
        (as_lines(segment(meta("GCRF"), rows(gcrf)[:1])), "segment at line 5: 1 states; at least 2"),
        (as_lines(), "no META_START"),
        (as_xml(meta("GCRF"), rows(gcrf), unit="m"), "segment 1, state 1: X is in 'm'; allowed: km"),
        ("<ndm><omm/></ndm>", "no oem element; it holds elements"),
        (f"{LINE_1}\n{LINE_2}\n", "not an ephemeris but two-line elements; name it by observer.tle"),
        ("EPOCH,X,Y,Z\n", 'begins "EPOCH,X,Y,Z"; expected an Orbit Ephemeris Message'),
    ],
)  # fmt: skip
def test_bad_ephemerides_are_told(tmp_path, text: str, message: str) -> None:
    settings = file_of(tmp_path, text)
    with pytest.raises(InputError, match=rf"^\[observer\] oem: {settings.oem}: .*{message}"):
        settings.on_date(START)


def test_an_object_among_several(tmp_path) -> None:
    other = {**meta("GCRF"), "OBJECT_NAME": "TEST SAT", "OBJECT_ID": "2015-003B"}
    lifted = [(at, [str(float(v) * 1.01) for v in values]) for at, values in rows(gcrf)]
    settings = file_of(tmp_path, as_lines(segment(other, lifted), segment(meta("GCRF"), rows(gcrf))))
    with pytest.raises(InputError, match=r"2 objects \(TEST SAT 2015-003B, ISS 1998-067A\); say which"):
        settings.on_date(START)
    for wanted in ("ISS", "1998-067-A"):
        check(ObserverSettings(oem=settings.oem, object=wanted))


def test_a_film_beyond_the_ephemeris(tmp_path) -> None:
    """A frame that is covered can be taken, what lies beyond is left out of maps and regions, and the end is told."""
    (tmp_path / "iss.oem").write_text(GOOD)
    text = '[time]\nutc = "2015-01-28T10:00:00Z"\n[observer]\noem = "iss.oem"\n[film]\nframes = {}\n'
    scene = scene_from_text(text.format(240), folder=tmp_path)
    assert [one.partition(str(tmp_path))[0] for one in scene.warnings] == ["the film's end: [observer] oem: "]
    assert "2015-01-28T10:03:59Z is outside the time that it covers" in scene.warnings[0]
    assert scene_from_text(text.format(60), folder=tmp_path).warnings == ()
    view = view_of(scene, scene.time.epoch)
    assert view.name == "ISS"
    assert 10 < len(view.track_km) < 60 and np.isfinite(view.track_km).all()  # 22 minutes of an orbit of 93
    moment = moment_of(scene, scene.time.epoch)
    assert region(scene, moment) == region(scene_from_text(text.format(1), folder=tmp_path), moment)
    fixed = scene_from_text(text.format(240).replace('oem = "iss.oem"', f'tle = ["{LINE_1}", "{LINE_2}"]'))
    assert len(view_of(fixed, scene.time.epoch).track_km) == TRACK_POINTS


def test_a_scene_by_an_ephemeris(tmp_path) -> None:
    (tmp_path / "iss.oem").write_text(GOOD)
    text = '[time]\nutc = "{}"\n[observer]\noem = "iss.oem"\n'
    scene = scene_from_text(text.format("2015-01-28T09:47:00Z"), folder=tmp_path)
    assert scene.warnings == ()
    check(scene.observer)
    (tmp_path / "iss.oem").write_text("no")
    with pytest.raises(SceneError, match=r"\[observer\] oem: .*begins"):
        scene_from_text(text.format("2015-01-28T09:47:00Z"), folder=tmp_path)
