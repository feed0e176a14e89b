"""Automatic exposure: readings by hand, slopes that a hand can turn, one function of time, and the split by rule."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.imaging.auto_exposure import (
    BRIGHTEST_EXPOSURE,
    MEAN_EXPOSURE,
    READING_STEP,
    ExposureCurve,
    Limits,
    envelope,
    reading,
    split,
)

STEP_S, SLEW, SMOOTH_S = 0.5, 1.5, 1.0
NIKON = Limits(0.5, 6400.0, 1.4, 1.0 / 8000.0, 200.0, 16.0)
READINGS = st.lists(st.floats(-18.0, 0.0), min_size=1, max_size=60)


def test_readings_by_hand() -> None:
    even = np.full((3, 20, 30), 0.4)
    assert reading(even, 0.5) == pytest.approx(math.log2(MEAN_EXPOSURE / 0.4), abs=READING_STEP)
    dark = np.full((3, 20, 30), 1e-7)
    assert reading(dark, 0.5) == pytest.approx(math.log2(MEAN_EXPOSURE / 1e-4), abs=READING_STEP)
    dawn = np.full((3, 20, 30), 0.01)
    dawn[:, :2] = 6.4
    assert reading(dawn, 0.5) == pytest.approx(math.log2(BRIGHTEST_EXPOSURE / 6.4), abs=READING_STEP)
    assert reading(dawn, 15.0) == pytest.approx(math.log2(MEAN_EXPOSURE / 0.01 / 640.0**0.1), abs=READING_STEP)
    assert reading(np.zeros((3, 4, 4)), 0.5) > 0.0


def curve_of(readings: list[float]) -> ExposureCurve:
    stops = envelope(np.array(readings), STEP_S, SLEW)
    return ExposureCurve(tuple(np.arange(len(readings)) * STEP_S), tuple(stops), SMOOTH_S)


@given(READINGS)
def test_no_change_is_faster_than_asked_for(readings: list[float]) -> None:
    curve = curve_of(readings)
    t = np.linspace(-1.0, len(readings) * STEP_S + 1.0, 700)
    e = np.array([curve.at(float(time)) for time in t])
    assert np.abs(np.diff(e) / np.diff(t)).max() <= SLEW * (1.0 + 1e-9)
    assert min(readings) - 1e-9 <= e.min() and e.max() <= max(readings) + 1e-9


@given(READINGS)
def test_before_smoothing_no_reading_is_overshot(readings: list[float]) -> None:
    stops = envelope(np.array(readings), STEP_S, SLEW)
    k = np.arange(len(readings))
    closed = np.min(np.array(readings)[None, :] + SLEW * STEP_S * np.abs(k[:, None] - k[None, :]), axis=1)
    assert stops == pytest.approx(closed, abs=1e-9)  # the largest curve below all readings with that slope
    assert np.all(stops <= np.array(readings) + 1e-12)


def test_it_looks_ahead() -> None:
    e = curve_of([0.0] * 30 + [-6.0] * 30)
    assert e.at(9.0) == pytest.approx(0.0, abs=0.05) and e.at(13.0) == pytest.approx(-3.0, abs=0.1)
    assert e.at(19.0) == pytest.approx(-6.0, abs=0.05)


def test_smoothing_is_the_gaussian_s() -> None:
    """Of a kink between slopes 0 and -a at t = 0: -a (t Phi(t/s) + s phi(t/s))."""
    curve = ExposureCurve((-100.0, 0.0, 100.0), (0.0, 0.0, -100.0), SMOOTH_S)
    for t in (-2.0, -0.5, 0.0, 0.7, 3.0):
        phi, cumulative = math.exp(-0.5 * t * t) / math.sqrt(2.0 * math.pi), 0.5 * (1.0 + math.erf(t / math.sqrt(2.0)))
        assert curve.at(t) == pytest.approx(-(t * cumulative + phi), abs=1e-3)
    assert ExposureCurve((0.0, 2.0), (0.0, -4.0), 0.0).at(1.5) == -3.0


def test_any_order_and_any_subset_are_equal_to_the_bit() -> None:
    rng = np.random.default_rng(0)
    readings = list(rng.uniform(-10.0, 0.0, 40))
    times = rng.uniform(0.0, 20.0, 50)
    first = [curve_of(readings).at(float(t)) for t in times]
    curve = curve_of(readings)
    again = {i: curve.at(float(times[i])) for i in rng.permutation(50)[:30]}
    assert all(first[i] == value for i, value in again.items())


def stops_of(found: dict[str, float]) -> float:
    return (
        math.log2(found["exposure_s"] / NIKON.exposure_s)
        + math.log2(found["iso"] / NIKON.iso)
        - 2.0 * math.log2(found["f_number"] / NIKON.f_number)
    )


@given(st.floats(-22.0, 0.0))
def test_the_split_adds_up_shutter_first(stops: float) -> None:
    found = split(stops, NIKON)
    reach = 12.0 - math.log2(1.024) + 5.0 + 2.0 * math.log2(16.0 / 1.4)
    assert stops_of(found) == pytest.approx(max(stops, -reach), abs=1e-4)
    if found["iso"] < NIKON.iso * 0.999:
        assert found["exposure_s"] == pytest.approx(NIKON.shortest_s)
    if found["f_number"] > NIKON.f_number * 1.001:
        assert found["iso"] == pytest.approx(NIKON.base_iso)
    assert all(float(f"{value:g}") == value for value in found.values())  # as files tell them


@given(st.floats(-22.0, 0.0))
def test_iso_first_the_noise_falls_before_the_shutter_closes(stops: float) -> None:
    found, other = split(stops, replace(NIKON, order="iso_first")), split(stops, NIKON)
    assert stops_of(found) == pytest.approx(stops_of(other), abs=1e-4)  # as bright
    if found["exposure_s"] < NIKON.exposure_s * 0.999:
        assert found["iso"] == pytest.approx(NIKON.base_iso)
    if found["f_number"] > NIKON.f_number * 1.001:
        assert found["exposure_s"] == pytest.approx(NIKON.shortest_s)
    assert found["exposure_s"] >= other["exposure_s"] and found["iso"] <= other["iso"]


def test_in_the_dawn_each_order_keeps_what_it_is_for() -> None:
    """5 stops less by hand: 1/64 s at ISO 6400, or 0.5 s at ISO 200, with 32 times the electrons."""
    assert split(-5.0, NIKON) == {"exposure_s": 0.015625, "iso": 6400.0, "f_number": 1.4}
    assert split(-5.0, replace(NIKON, order="iso_first")) == {"exposure_s": 0.5, "iso": 200.0, "f_number": 1.4}


def test_what_the_user_fixed_stays_and_the_rest_makes_up_for_it() -> None:
    found = split(-8.0, NIKON, {"iso": 800.0, "f_number": 2.8})
    assert (found["iso"], found["f_number"]) == (800.0, 2.8)
    assert stops_of(found) == pytest.approx(-8.0, abs=1e-4)
    assert split(-8.0, NIKON, {"exposure_s": 0.1, "iso": 400.0, "f_number": 4.0}) == {
        "exposure_s": 0.1, "iso": 400.0, "f_number": 4.0,
    }  # fmt: skip
