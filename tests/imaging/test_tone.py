"""Tone curves against what stills show, and the laws they keep."""

import numpy as np
import pytest

from render.imaging.tone import (
    CURVES,
    KNEE,
    MID_GREY,
    MID_GREY_OF_SATURATION,
    SHOULDER_FROM,
    SHOULDER_WHITE,
    camera_curve,
    filmic_curve,
    inset,
    pushed_curve,
    soft_curve,
)

X = np.linspace(0.0, 1.0, 2001)
KNOTS = np.array([0.006, 0.02, 0.05, 0.12, 0.3, 0.7])


@pytest.mark.parametrize("name", list(CURVES))
def test_more_light_is_never_darker(name):
    y = CURVES[name](X)
    assert 0.0 <= y[0] < 1e-6 and np.all(np.diff(y) >= 0.0) and y[-1] <= 1.0 + 1e-9
    assert name in KNEE


def test_the_camera_s_curve_is_the_stills():
    """Linear sRGB shown of stars in ISS030-E-102170, green, with the lens's fall-off taken off; fitted knots."""
    shown = np.array([0.0043, 0.012, 0.036, 0.11, 0.32, 0.74])
    assert camera_curve(KNOTS) == pytest.approx(shown, rel=0.2)
    assert camera_curve(np.array([1.0]))[0] == pytest.approx(SHOULDER_WHITE)
    assert not np.allclose(soft_curve(KNOTS), shown, rtol=0.2)  # negative control: it lifts the mid-tones


def test_the_shoulder_begins_without_a_corner():
    step, at = 1e-5, SHOULDER_FROM
    below, here, above = camera_curve(np.array([at - step, at, at + step]))
    assert (above - here) / (here - below) == pytest.approx(1.0, abs=1e-3)


def test_the_pushed_curve_is_pushed_stills():
    """ISO 12800, three stops up: 0.02 -> 0.19, 0.05 -> 0.44, 0.12 -> 0.77, 0.3 -> 0.93, within 20 %."""
    assert pushed_curve(KNOTS[1:5]) == pytest.approx([0.19, 0.44, 0.77, 0.93], rel=0.2)


@pytest.mark.parametrize("curve", [soft_curve, filmic_curve])
def test_mid_grey_is_shown_as_mid_grey(curve):
    assert curve(np.array([MID_GREY_OF_SATURATION]))[0] == pytest.approx(MID_GREY, rel=0.01)


def test_the_inset_keeps_grey():
    assert inset(0.15) @ np.ones(3) == pytest.approx(np.ones(3))
    assert np.linalg.inv(inset(0.15)) @ np.ones(3) == pytest.approx(np.ones(3))
