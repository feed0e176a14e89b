"""Noise: its statistics, and that a pixel's noise depends on nothing but seed, frame and place."""

import numpy as np
import pytest

from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.imaging.noise import add_noise, uniforms
from render.imaging.sensor import collect, read_out

ROWS, COLUMNS = 200, 400
DRAWS = 3 * ROWS * COLUMNS
STANDARD_ERRORS = 4.5  # how far a statistic may lie from its law


@pytest.mark.parametrize("mean", [0.05, 0.7, 3.0, 5.99, 6.01, 12.0, 80.0, 5000.0])
def test_photon_noise_has_the_variance_of_its_mean(mean):
    counts = add_noise(np.full((3, ROWS, COLUMNS), mean, np.float32), 0.0, 5, 0, 0, 0).astype(float)
    assert np.all(counts == np.round(counts)) and counts.min() >= 0
    assert counts.mean() == pytest.approx(mean, abs=STANDARD_ERRORS * np.sqrt(mean / DRAWS))
    spread = np.sqrt((1.0 / mean + 2.0) / DRAWS)  # of the sample variance of Poisson numbers, relative
    assert counts.var() == pytest.approx(mean, rel=STANDARD_ERRORS * spread + 0.003)


def test_no_light_gives_no_counts():
    assert not add_noise(np.zeros((3, 50, 60), np.float32), 0.0, 1, 2, 0, 0).any()


def test_read_noise_is_gaussian_and_apart_from_photon_noise():
    read = add_noise(np.zeros((3, ROWS, COLUMNS), np.float32), 4.0, 1, 2, 0, 0).astype(float)
    assert read.mean() == pytest.approx(0.0, abs=STANDARD_ERRORS * 4.0 / np.sqrt(DRAWS))
    assert read.std() == pytest.approx(4.0, rel=STANDARD_ERRORS / np.sqrt(2 * DRAWS))
    kurtosis = (read**4).mean() / (read**2).mean() ** 2
    assert kurtosis == pytest.approx(3.0, abs=STANDARD_ERRORS * np.sqrt(24 / DRAWS))
    for mean in (3.0, 40.0):
        both = add_noise(np.full((3, ROWS, COLUMNS), mean, np.float32), 4.0, 1, 2, 0, 0).astype(float)
        assert both.var() == pytest.approx(mean + 16.0, rel=0.02)


def test_pixels_channels_rows_and_frames_are_independent():
    a = uniforms(ROWS, COLUMNS, 0, 0, 0, 0).astype(float) - 0.5
    b = uniforms(ROWS, COLUMNS, 0, 1, 0, 0).astype(float) - 0.5
    limit = STANDARD_ERRORS / np.sqrt(a.size / 3) / 12  # of a mean product of two uniforms
    pairs = {
        "frames": a * b,
        "columns": a[..., 1:] * a[..., :-1],
        "rows": a[:, :, 1:, :] * a[:, :, :-1, :],
        "channels": a[:, 1:] * a[:, :-1],
        "halves": a[0] * a[1],
    }
    for name, product in pairs.items():
        assert abs(product.mean()) < limit, name


def scene(rows=40, columns=60):
    rng = np.random.default_rng(3)
    lines = rng.uniform(0.0, 3e4, (1, rows, columns)).astype(np.float32)
    sky = rng.uniform(0.0, 1e-8, (21, rows, columns)).astype(np.float32)
    return lines, sky


def shoot(lines, sky, **place):
    light = LineRadiance(("557.7",), lines), SkyRadiance(SKY_WAVELENGTHS_NM, sky)
    collected = collect(*light, photosite_area_m2=5.3e-11, f_number=1.4, exposure_s=0.5)
    return read_out(collected, iso=6400.0, seed=11, **place).electrons


def test_a_tile_equals_its_part_of_the_frame(monkeypatch):
    lines, sky = scene()
    whole = shoot(lines, sky, frame_index=7)
    tile = shoot(lines[:, 10:25, 13:50], sky[:, 10:25, 13:50], frame_index=7, first_row=10, first_column=13)
    assert tile == pytest.approx(whole[:, 10:25, 13:50], rel=1e-4, abs=1e-3)
    monkeypatch.setattr("render.imaging.sensor.CHUNK_PIXELS", 100)
    assert shoot(lines, sky, frame_index=7) == pytest.approx(whole, rel=1e-4, abs=1e-3)


def test_frames_and_seeds_differ_but_repeat():
    lines, sky = scene()
    assert np.array_equal(shoot(lines, sky, frame_index=1), shoot(lines, sky, frame_index=1))
    assert not np.array_equal(shoot(lines, sky, frame_index=1), shoot(lines, sky, frame_index=2))
