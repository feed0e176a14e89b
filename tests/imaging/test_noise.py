"""Noise: its statistics, and that a pixel's noise depends on nothing but seed, frame and place."""

import numpy as np
import pytest

from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.imaging.capture.noise import normals, photon_counts, uniforms
from render.imaging.capture.sensor import HALO_ROWS, collect, read_out

ROWS, COLUMNS = 400, 600
DRAWS = ROWS * COLUMNS
STANDARD_ERRORS = 4.5  # how far a statistic may lie from its law


def photons(mean, plane=0):
    drawn = uniforms(ROWS, COLUMNS, 5, 0, plane=plane)
    return photon_counts(np.full((ROWS, COLUMNS), mean, np.float32), normals(drawn)[0]).astype(float)


@pytest.mark.parametrize("mean", [0.05, 0.7, 3.0, 5.99, 6.01, 12.0, 80.0, 5000.0])
def test_photon_noise_has_the_variance_of_its_mean(mean):
    counts = photons(mean)
    assert np.all(counts == np.round(counts)) and counts.min() >= 0
    assert counts.mean() == pytest.approx(mean, abs=STANDARD_ERRORS * np.sqrt(mean / DRAWS))
    spread = np.sqrt((1.0 / mean + 2.0) / DRAWS)  # of the sample variance of Poisson numbers, relative
    assert counts.var() == pytest.approx(mean, rel=STANDARD_ERRORS * spread + 0.003)


def test_counts_know_nothing_of_the_reading():
    """Of few electrons too: what is clipped at black would have another mean else."""
    light, reading = normals(uniforms(ROWS, COLUMNS, 1, 2))
    counts = photon_counts(np.full((ROWS, COLUMNS), 2.0, np.float32), light).astype(float) - 2.0
    for power in (1, 2):
        product = counts * (reading.astype(float) ** power - (power == 2))
        assert abs(product.mean()) < STANDARD_ERRORS * product.std() / np.sqrt(DRAWS)


def test_no_light_gives_no_counts():
    assert not photons(0.0).any()


def test_normal_numbers_are_normal_and_independent():
    light, reading = (part.astype(float) for part in normals(uniforms(ROWS, COLUMNS, 1, 2)))
    for part in (light, reading):
        assert part.mean() == pytest.approx(0.0, abs=STANDARD_ERRORS / np.sqrt(DRAWS))
        assert part.std() == pytest.approx(1.0, rel=STANDARD_ERRORS / np.sqrt(2 * DRAWS))
        kurtosis = (part**4).mean() / (part**2).mean() ** 2
        assert kurtosis == pytest.approx(3.0, abs=STANDARD_ERRORS * np.sqrt(24 / DRAWS))
    assert abs((light * reading).mean()) < STANDARD_ERRORS / np.sqrt(DRAWS)


def test_pixels_planes_rows_and_frames_are_independent():
    a = uniforms(ROWS, COLUMNS, 0, 0).astype(float) - 0.5
    limit = STANDARD_ERRORS / np.sqrt(DRAWS) / 12  # of a mean product of two uniforms
    pairs = {
        "frames": a * (uniforms(ROWS, COLUMNS, 0, 1) - 0.5),
        "planes": a * (uniforms(ROWS, COLUMNS, 0, 0, plane=1) - 0.5),
        "seeds": a * (uniforms(ROWS, COLUMNS, 1, 0) - 0.5),
        "columns": a[..., 1:] * a[..., :-1],
        "rows": a[:, 1:, :] * a[:, :-1, :],
        "halves": a[0] * a[1],
    }
    for name, product in pairs.items():
        assert abs(product.mean()) < limit, name


@pytest.mark.parametrize(("first_row", "first_column"), [(0, 0), (3, 1), (10, 2), (7, 3), (5, 13)])
def test_numbers_belong_to_their_place(first_row, first_column):
    whole = uniforms(40, 60, 8, 9, plane=2)
    part = uniforms(12, 17, 8, 9, first_row, first_column, plane=2)
    assert np.array_equal(part, whole[:, first_row : first_row + 12, first_column : first_column + 17])


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
    inside = np.s_[:, HALO_ROWS:-HALO_ROWS, HALO_ROWS:-HALO_ROWS]
    assert tile[inside] == pytest.approx(whole[:, 10:25, 13:50][inside], rel=1e-4, abs=1e-3)
    monkeypatch.setattr("render.imaging.capture.sensor.CHUNK_PIXELS", 100)
    assert shoot(lines, sky, frame_index=7) == pytest.approx(whole, rel=1e-4, abs=1e-3)


def test_frames_and_seeds_differ_but_repeat():
    lines, sky = scene()
    assert np.array_equal(shoot(lines, sky, frame_index=1), shoot(lines, sky, frame_index=1))
    assert not np.array_equal(shoot(lines, sky, frame_index=1), shoot(lines, sky, frame_index=2))
