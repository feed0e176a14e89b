"""From electrons to colours: neutral white, a Nikon's green, tone."""

import array_api_strict
import numpy as np
import pytest

from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.imaging.capture.response import daylight_spectrum
from render.imaging.capture.sensor import Exposure, collect, read_out
from render.imaging.colour import (
    SRGB_FROM_XYZ,
    adaptation,
    develop,
    srgb_from_camera,
    white_balance,
)
from render.imaging.gamut import CONES_FROM_SRGB
from render.imaging.gamut import OKLAB_FROM_ROOTS as OKLAB
from render.imaging.settings import DevelopSettings

NEUTRAL = 2.0 / 255.0  # largest difference between channels of a grey
D3S_SRGB_FROM_XYZ_D65 = np.array([[0.8828, -0.2406, -0.0694], [-0.4874, 1.2603, 0.2541], [-0.0660, 0.1509, 0.7587]])
"""Camera from XYZ, Nikon D3S, Adobe DNG Converter's ColorMatrix as in dcraw and darktable."""


def photograph(rayleighs=None, radiance=None, response="d3s", **settings):
    """Develop one colour, noise-free, of lines {key: rayleighs} and radiance [band]."""
    chosen = DevelopSettings(noise=False, **settings)
    keys = tuple(rayleighs or {"557.7": 0.0})
    lines = np.array(list((rayleighs or {"557.7": 0.0}).values()), np.float32)[:, None, None] * np.ones((1, 2, 3))
    sky = (np.zeros(21) if radiance is None else radiance)[:, None, None] * np.ones((1, 2, 3))
    collected = collect(
        LineRadiance(keys, lines.astype(np.float32)),
        SkyRadiance(SKY_WAVELENGTHS_NM, sky.astype(np.float32)),
        photosite_area_m2=5.3e-11, f_number=1.4, exposure_s=0.5, response=response,
    )  # fmt: skip
    pixels = develop(read_out(collected, iso=6400.0, noise=False), chosen).pixels
    assert pixels.shape == (2, 3, 3) and pixels.dtype == np.float32
    return pixels[0, 0].astype(float)


def oklab_of(encoded):
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    lightness, a, b = OKLAB @ np.cbrt(CONES_FROM_SRGB @ linear)
    return lightness, np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360.0


@pytest.mark.parametrize("response", ["d3s", "ideal_cie"])
@pytest.mark.parametrize("temperature_k", [2500.0, 3999.0, 4000.0, 5200.0, 12000.0])
@pytest.mark.parametrize("brightness", [1e-9, 1e-8, 1e-3])
def test_the_light_that_was_named_white_is_grey(response, temperature_k, brightness):
    light = daylight_spectrum(temperature_k, SKY_WAVELENGTHS_NM)
    light *= brightness / light.mean()
    pixel = photograph(radiance=light, response=response, white_balance_k=temperature_k)
    assert np.ptp(pixel) < (NEUTRAL if brightness < 1e-8 or response == "ideal_cie" else 2 * NEUTRAL)


def test_both_responses_expose_alike():
    light = 2e-8 * daylight_spectrum(5500.0, SKY_WAVELENGTHS_NM) / 100.0
    camera = photograph(radiance=light, white_balance_k=5500.0, tone="linear")
    observer = photograph(radiance=light, white_balance_k=5500.0, tone="linear", response="ideal_cie")
    assert camera == pytest.approx(observer, abs=0.01)


def test_overexposed_is_white():
    orange = 1e-1 * np.clip((SKY_WAVELENGTHS_NM - 400.0) / 300.0, 0.05, None)
    assert photograph(radiance=orange, tone="linear") == pytest.approx(np.ones(3), abs=1e-3)
    assert photograph(radiance=orange) == pytest.approx(np.full(3, 243.0 / 255.0), abs=2e-3)  # as stills' white is


def test_the_green_line_is_a_nikon_s_green():
    """ISS030-E-102170 and -130515: OKLab hue of aurora 131 to 150 (10th to 90th percentile); pure 557.7 is yellower."""
    lightness, chroma, hue = oklab_of(photograph({"557.7": 1e5}))
    assert 130.0 < hue < 150.0 and 0.10 < chroma < 0.20 and 0.4 < lightness < 0.7


def test_an_aurora_has_the_photograph_s_green():
    """557.7 : 630.0 : 427.8 as 100 : 20 : 25 kR. ISS030-E-102170 at lightness 0.6 to 0.7: chroma 0.12 to 0.16."""
    system = 25e3 / 0.2  # 427.8 carries about a fifth of the 1NG photons
    aurora = {"557.7": 1e5, "630.0": 2e4, "N2+_1NG": system, "N2_1PG": 5.0 * system}
    red, green, blue = photograph(aurora)
    lightness, chroma, hue = oklab_of(np.array([red, green, blue]))
    assert 137.0 < hue < 157.0 and 0.09 < chroma < 0.18 and lightness > 0.45
    assert 0.25 < red / green < 0.65 and 0.4 < blue / green < 0.75  # the photograph: 83, 161, 92


def test_colours_of_the_other_lights():
    red = photograph({"630.0": 1e5})
    assert red[0] > 2 * max(red[1], red[2])
    blue = photograph({"N2+_1NG": 5e5})
    assert blue[2] > 2 * max(blue[0], blue[1])
    sodium = photograph(radiance=1e-7 * np.exp(-0.5 * ((SKY_WAVELENGTHS_NM - 590.0) / 20.0) ** 2))
    assert sodium[0] > sodium[1] > sodium[2]


def test_the_matrix_is_close_to_adobe_s():
    """Our fit of a D5100's curves against Adobe's D3S matrix, both for D65: another camera, another fit."""
    xyz_from_srgb = np.linalg.inv(SRGB_FROM_XYZ)
    camera_from_srgb = D3S_SRGB_FROM_XYZ_D65 @ xyz_from_srgb
    adobe = np.linalg.inv(camera_from_srgb / camera_from_srgb.sum(axis=1, keepdims=True))
    ours = np.array(srgb_from_camera("d3s", 6504.0))
    assert ours.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-9)
    assert ours == pytest.approx(adobe, abs=0.25)


def test_white_balance_lifts_red_under_warm_light_less():
    warm, cold = white_balance("d3s", 3000.0), white_balance("d3s", 8000.0)
    assert min(warm) == min(cold) == 1.0
    assert warm[0] / warm[2] < 0.5 * cold[0] / cold[2]


def test_adaptation_takes_white_to_d65():
    assert adaptation(np.array([0.9642, 1.0, 0.8249])) @ [0.9642, 1.0, 0.8249] == pytest.approx(
        [0.9505, 1.0, 1.0888], abs=5e-4
    )


def test_noise_in_the_dark_stays_dark_and_finite():
    dark = np.random.default_rng(0).normal(0.0, 5.0, (3, 40, 50)).astype(np.float32)
    pixels = develop(Exposure(dark, 2000.0, "d3s"), DevelopSettings()).pixels
    assert np.all(np.isfinite(pixels)) and pixels.min() >= 0.0 and pixels.mean() < 0.03


def test_chunks_do_not_show(monkeypatch):
    electrons = np.random.default_rng(0).uniform(0.0, 2500.0, (3, 31, 17)).astype(np.float32)
    exposure = Exposure(electrons, 2000.0, "d3s")
    whole = develop(exposure, DevelopSettings()).pixels
    monkeypatch.setattr("render.imaging.colour.CHUNK_PIXELS", 60)
    assert develop(exposure, DevelopSettings()).pixels == pytest.approx(whole, abs=1e-6)


@pytest.mark.parametrize("response", ["d3s", "ideal_cie"])
def test_runs_on_the_array_api_and_agrees(response):
    electrons = np.random.default_rng(0).uniform(-5.0, 2500.0, (3, 9, 8)).astype(np.float32)
    settings = DevelopSettings()
    here = develop(Exposure(electrons, 2000.0, response), settings).pixels
    there = develop(Exposure(array_api_strict.asarray(electrons), 2000.0, response), settings).pixels
    assert np.from_dlpack(there) == pytest.approx(here, abs=1e-4)
