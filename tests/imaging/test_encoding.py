"""Code values by the standards; HDR leaves what is below white's shoulder as it is, and goes on where paper ends."""

import array_api_strict
import numpy as np
import pytest

from render.imaging.capture.sensor import Exposure
from render.imaging.colour import develop
from render.imaging.encoding import (
    PEAK_CD_M2,
    WHITE_CD_M2,
    decode_pq,
    encode_pq,
    encode_srgb,
    encoded,
    without_shoulder,
)
from render.imaging.settings import DevelopSettings
from render.imaging.tone import camera_curve, soft_curve


def test_srgb_encoding():
    """IEC 61966-2-1: 0.18 -> 0.4614, the toe's end, 1 -> 1."""
    assert encode_srgb(np.array([0.0, 0.0031308, 0.18, 1.0])) == pytest.approx([0.0, 0.04045, 0.46135, 1.0], abs=1e-4)


def test_pq_by_the_standard():
    """ITU-R BT.2408-7, table 1: 203 cd/m2 is at 58 %, 1000 at 75 %; BT.2100: 10 000 at 100 %, 100 at 51 %."""
    assert encode_pq(np.array([100.0, 203.0, 1000.0, 10_000.0])) == pytest.approx([0.508, 0.581, 0.752, 1.0], abs=1e-3)
    levels = np.geomspace(1e-3, 1e4, 50)
    assert decode_pq(encode_pq(levels)) == pytest.approx(levels, rel=1e-6)


def test_white_is_203_and_the_brightest_the_peak():
    hdr = DevelopSettings(hdr=True)
    grey = np.array([0.1, 1.0, 3.0, 100.0], np.float32) * np.ones((3, 1), np.float32)
    shown = decode_pq(encoded(grey, hdr, 0.6).astype(float))
    assert shown == pytest.approx(
        np.broadcast_to([0.1 * WHITE_CD_M2, WHITE_CD_M2, 3.0 * WHITE_CD_M2, PEAK_CD_M2], (3, 4)), rel=2e-3
    )


def test_the_curve_goes_on_smoothly_where_it_would_bend_to_white():
    x = np.linspace(1e-4, 2.0, 4001)
    y = without_shoulder(soft_curve)(x)
    low = x < 0.15
    assert np.array_equal(y[low], soft_curve(x[low]))
    assert np.all(y >= soft_curve(np.minimum(x, 1.0)) - 1e-6)
    bright = without_shoulder(camera_curve)(np.array([0.5, 4.0]))
    assert bright == pytest.approx([camera_curve(np.array([0.5]))[0], 4.0], rel=0.03)
    slope = np.diff(y) / np.diff(x)
    assert np.abs(np.diff(slope)[100:]).max() < 2e-3  # no kink
    assert slope[-1] == pytest.approx(y[-1] / x[-1])


def test_a_dark_picture_is_the_same_in_hdr():
    rng = np.random.default_rng(0)
    exposure = Exposure(rng.uniform(0.0, 0.1, (3, 20, 30)).astype(np.float32) * 2000.0, 2000.0, "d3s")
    wide, tall = develop(exposure, DevelopSettings(gamut="rec2020")), develop(exposure, DevelopSettings(hdr=True))
    assert (wide.gamut, wide.transfer, tall.gamut, tall.transfer) == ("rec2020", "srgb", "rec2020", "pq")
    code = np.asarray(wide.pixels, float)
    linear = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    shown = decode_pq(np.asarray(tall.pixels, float)) / WHITE_CD_M2
    assert np.percentile(np.abs(shown - linear), 99) < 0.01


def test_runs_on_the_array_api_and_agrees():
    colours = np.random.default_rng(0).uniform(-0.2, 3.0, (3, 200)).astype(np.float32)
    for settings in (DevelopSettings(hdr=True), DevelopSettings(gamut="display_p3")):
        there = encoded(array_api_strict.asarray(colours), settings, 0.6)
        assert np.from_dlpack(there) == pytest.approx(encoded(colours, settings, 0.6), abs=1e-4)
