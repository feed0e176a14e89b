"""What photosites add to the light, against the laws that photon transfer rests on, and the grain of stills."""

from dataclasses import replace

import numpy as np
import pytest

from render.imaging.capture import grain
from render.imaging.capture.bodies import BODIES, FULL_SCALE_DN, PRESETS, body_of
from render.imaging.capture.grain import clipped_moments
from render.imaging.capture.mosaic import demosaic
from render.imaging.capture.sensor import LENS_TRANSMISSION, Collected, read_out
from render.imaging.reduction import smoothed
from render.observer.lens import LensSettings
from render.observer.settings import RESPONSES

SHAPE = (3, 240, 320)
D3S, D5 = BODIES["d3s"], BODIES["d5"]
PLACE = {"iso": 3200.0, "seed": 3}


def flat(level, response="d5", pitch_um=None, exposure_s=0.0):
    """Return pixels of one level, electrons per pixel; of the body's own size unless told."""
    body = body_of(response)
    pitch_um = pitch_um or body.pitch_um
    return Collected(np.full(SHAPE, level, np.float32), (pitch_um * 1e-6) ** 2, response, exposure_s)


def lag(plane, by=1):
    plane = plane - plane.mean()
    return float((plane[:, by:] * plane[:, :-by]).mean() / plane.var())


@pytest.mark.parametrize("response", list(BODIES))
def test_photon_transfer_gives_back_gain_and_read_noise(response, monkeypatch):
    """Variance of raw counts against their mean: slope 1/gain within 2 %, and the read noise; 12 levels, 8 flats."""
    monkeypatch.setattr("render.imaging.capture.sensor.demosaic", lambda raw, *_: np.stack([raw] * 3))
    body, iso = BODIES[response], 1600.0
    step, sigma = body.gain_electrons(iso), body.read_noise_electrons(iso)
    levels = np.geomspace(8.0 * sigma**2, 0.7 * body.saturation_electrons(iso), 12)
    means, variances = [], []
    for level in levels:
        counts = [read_out(flat(level, response), iso=iso, seed=1, frame_index=i).electrons[0] / step for i in range(8)]
        assert np.abs(counts[0] - np.round(counts[0])).max() < 0.01 * max(1.0, counts[0].max() / 500.0)
        means.append(np.mean(counts))
        variances.append(np.mean([count.var() for count in counts]))
    # variance = mean / gain + (read / gain)^2 + 1/12, each level's known to 2/sqrt(2 n)
    design = np.stack([means, np.ones(12)], axis=1) / np.array(variances)[:, None]
    (slope, offset), *_ = np.linalg.lstsq(design, np.ones(12), rcond=None)
    assert 1.0 / slope == pytest.approx(step, rel=0.02)
    assert np.sqrt(max(offset - 1.0 / 12.0, 0.0)) * step == pytest.approx(sigma, rel=0.1)


def test_read_noise_of_a_dark_frame_by_itself(monkeypatch):
    monkeypatch.setattr("render.imaging.capture.sensor.demosaic", lambda raw, *_: np.stack([raw] * 3))
    dark = read_out(flat(0.0, "d5"), iso=1600.0, seed=1).electrons[0]
    expected = np.hypot(D5.read_noise_electrons(1600.0), D5.gain_electrons(1600.0) / np.sqrt(12.0))
    assert dark.std() == pytest.approx(expected, rel=0.02) and abs(dark.mean()) < 0.05


def test_a_clipped_black_lifts_the_dark_by_0_4_sigma(monkeypatch):
    monkeypatch.setattr("render.imaging.capture.sensor.demosaic", lambda raw, *_: np.stack([raw] * 3))
    dark = read_out(flat(0.0, "d3s"), iso=6400.0, seed=1).electrons[0]
    assert dark.min() == 0.0
    assert dark.mean() == pytest.approx(0.399 * D3S.read_noise_electrons(6400.0), rel=0.03)
    assert 0.4 < (dark == 0.0).mean() < 0.7


def test_moments_of_a_clipped_gaussian():
    mean = np.array([0.0, 0.5, 2.0, 50.0])
    draws = np.maximum(mean + 3.0 * np.random.default_rng(0).normal(size=(400_000, 4)), 0.0)
    lifted, variance = clipped_moments(mean, np.full(4, 9.0))
    assert lifted == pytest.approx(draws.mean(axis=0), rel=0.01)
    assert variance == pytest.approx(draws.var(axis=0), rel=0.01)


@pytest.mark.parametrize("response", ["d3s", "z9"])
@pytest.mark.parametrize("level", [0.0, 3.0, 60.0])
def test_large_pixels_are_the_photosites_that_fill_them(response, level, monkeypatch):
    """Mean, variance, and what is clipped, of pixels 4 photosites wide against photosites drawn one by one."""
    monkeypatch.setattr(grain, "_outer_tap", lambda *_: 0.0)
    body, wide = body_of(response), 4
    drawn = read_out(flat(16.0 * level, response, wide * body.pitch_um), **PLACE).electrons
    fine = np.full((4 * 480, 4 * 640), level, np.float32)
    raw = grain.read_photosites(fine, body, 3200.0, 1.0, 0.0, grain.Place(1, 0, 0, 0))
    for channel, (row, column) in enumerate(((0, 0), (0, 1), (1, 1))):
        own = raw[row::2, column::2]
        if channel == 1:  # green: two of each four
            own = np.concatenate([own, raw[1::2, 0::2]], axis=1)
        per_pixel = own.size // (480 * 640) * 1.0
        blocks = own.reshape(-1)[: int(480 * 640 * per_pixel)].reshape(-1, int(per_pixel)).mean(axis=1) * 16.0
        sampling = 5.0 * blocks.std() / np.sqrt(drawn[channel].size)
        assert drawn[channel].mean() == pytest.approx(blocks.mean(), abs=sampling + 0.02)
        assert drawn[channel].std() == pytest.approx(blocks.std(), rel=0.03)


@pytest.mark.parametrize(("reduction", "low", "high"), [(4.0, 0.12, 0.35), (2.0, 0.3, 0.6), (12.0, 0.0, 0.12)])
def test_grain_of_reduced_pictures_is_that_of_reduced_stills(reduction, low, high):
    """Stills at ISO 12800 reduced to a quarter: lag-1 of 0.28 to 0.40, of which their JPEG has a part."""
    read = read_out(flat(40.0 * reduction**2, "d3s", reduction * 8.46), **PLACE).electrons
    for channel in read:
        assert low < lag(channel) < high


def test_grain_against_a_full_size_picture_averaged():
    """Lag-1 of pixels of 4 photosites: of a demosaiced and luminance-filtered frame, averaged over 4 x 4."""
    fine = np.full((960, 1280), 40.0, np.float32)
    raw = grain.read_photosites(fine, D3S, 3200.0, 1.0, 0.0, grain.Place(1, 0, 0, 0))
    full = demosaic(raw)
    coarse = read_out(flat(640.0, "d3s", 4 * 8.46), **PLACE).electrons
    for channel in range(3):
        averaged = smoothed(full[channel], 0.6).reshape(240, 4, 320, 4).mean(axis=(1, 3))
        assert lag(coarse[channel]) == pytest.approx(lag(averaged), abs=0.05)
        assert coarse[channel].std() == pytest.approx(16.0 * averaged.std(), rel=0.12)


def test_hot_photosites_stay_where_they_are():
    def hot(seed, frame, first_row=0):
        dark = flat(0.0, "d5", exposure_s=20.0)
        some = replace(dark, electrons=dark.electrons[:, first_row:])
        place = {"iso": 3200.0, "seed": seed, "frame_index": frame, "first_row": first_row}
        return read_out(some, **place).electrons.sum(axis=0) > 200.0

    one = hot(5, 1)
    assert 0 < one.sum() < 200
    assert (one & hot(5, 2)).sum() > 0.5 * one.sum()  # the same in another frame
    assert (one[10:] & hot(5, 3, first_row=10)).sum() > 0.4 * one.sum()
    assert (one & hot(6, 1)).sum() < 0.3 * one.sum()


def test_saturation_is_the_converter_s_full_scale():
    for body in BODIES.values():
        for iso in (100.0, 6400.0):
            assert body.gain_electrons(iso) * FULL_SCALE_DN == pytest.approx(body.full_well_e * body.base_iso / iso)


def test_scenes_and_sensors_know_the_same_names():
    assert RESPONSES == PRESETS
    assert LensSettings().transmission == LENS_TRANSMISSION
