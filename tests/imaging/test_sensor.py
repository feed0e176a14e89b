"""Electrons against hand formulas; curves against the outside world."""

import math
from dataclasses import replace

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.core.errors import InputError
from render.core.lines import CATALOGUE
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.core.units import LIGHT_M_S, PLANCK_J_S
from render.imaging.capture.response import (
    band_weights,
    channel_weights,
    daylight_spectrum,
    electrons_per_photon,
    read_curves,
    spectrum_efficiency,
)
from render.imaging.capture.sensor import (
    HALO_ROWS,
    LENS_TRANSMISSION,
    collect,
    read_noise_electrons,
    read_out,
    saturation_electrons,
)

AREA_M2 = (7.3e-6) ** 2  # 36 mm over 4928 photosites
SETTING = {"photosite_area_m2": AREA_M2, "f_number": 1.4, "exposure_s": 0.5}
ISO = 6400.0
FLOAT32 = 2e-6  # relative, after a short sum in single precision


def flat(rayleighs=0.0, radiance=0.0, shape=(3, 4), key="557.7"):
    lines = LineRadiance((key,), np.full((1, *shape), rayleighs, np.float32))
    sky = SkyRadiance(SKY_WAVELENGTHS_NM, np.full((21, *shape), radiance, np.float32))
    return lines, sky


def test_electrons_of_a_line_by_hand():
    lines, sky = flat(rayleighs=1000.0)
    collected = collect(lines, sky, **SETTING)
    photons = 1000.0 * 1e10 / (4 * math.pi) * math.pi / (4 * 1.4**2) * AREA_M2 * 0.5 * LENS_TRANSMISSION
    share = channel_weights("d3s", ["557.7"])[:, 0]
    assert collected.electrons.dtype == np.float32
    assert collected.electrons[:, 1, 2] == pytest.approx(photons * share, rel=FLOAT32)
    assert 0.3 < share[1] < 0.5 and share[1] > 10 * share[0] and share[1] > 10 * share[2]


def test_electrons_of_flat_sky_by_hand():
    lines, sky = flat(radiance=1e-7)
    collected = collect(lines, sky, **SETTING)
    w = np.arange(380.0, 780.01, 0.05)
    photons = 1e-7 * w * 1e-9 / (PLANCK_J_S * LIGHT_M_S)
    expected = (electrons_per_photon("d3s", w) * photons).sum(axis=1) * 0.05
    expected *= math.pi / (4 * 1.4**2) * AREA_M2 * 0.5 * LENS_TRANSMISSION
    assert collected.electrons[:, 0, 0] == pytest.approx(expected, rel=1e-3)


def test_band_weights_fold_a_sloping_spectrum():
    """Radiance that is linear in wavelength is represented exactly, so band weights must give its integral."""
    w = np.arange(380.0, 780.001, 0.01)
    slope = 1e-7 * (w - 300.0)
    expected = (electrons_per_photon("d3s", w) * slope * w).sum(axis=1) * 0.01 * 1e-9 / (PLANCK_J_S * LIGHT_M_S)
    folded = band_weights("d3s", SKY_WAVELENGTHS_NM) @ (1e-7 * (SKY_WAVELENGTHS_NM - 300.0))
    assert folded == pytest.approx(expected, rel=1e-3)


@given(st.floats(0.1, 50.0), st.floats(1.0, 22.0), st.floats(1e-3, 10.0))
def test_linear_in_area_time_and_aperture(area_factor, f_number, exposure_s):
    lines, sky = flat(rayleighs=1.0, radiance=1e-12)
    base = collect(lines, sky, **SETTING).electrons
    changed = {"photosite_area_m2": AREA_M2 * area_factor, "f_number": f_number, "exposure_s": exposure_s}
    factor = area_factor * (1.4 / f_number) ** 2 * exposure_s / 0.5
    assert collect(lines, sky, **changed).electrons == pytest.approx(base * factor, rel=1e-5)


@pytest.mark.parametrize("centre_nm", [440.0, 550.0, 590.0, 650.0])
@pytest.mark.parametrize(("sigma_nm", "tolerance"), [(0.4, 0.005), (5.0, 0.01), (20.0, 0.02)])
def test_spectrum_of_a_gaussian_is_its_average(centre_nm, sigma_nm, tolerance):
    w = centre_nm + sigma_nm * np.linspace(-8.0, 8.0, 30001)
    gauss = np.exp(-0.5 * ((w - centre_nm) / sigma_nm) ** 2)
    average = (electrons_per_photon("d3s", w) * gauss).sum(axis=1) / gauss.sum()
    got = spectrum_efficiency("d3s", np.array([[centre_nm, sigma_nm, 1.0]]))
    assert got == pytest.approx(average, rel=tolerance)


def test_lines_outside_the_table_are_not_seen():
    assert channel_weights("d3s", ["844.6"]) == pytest.approx(np.zeros((3, 1)))
    assert channel_weights("d3s", tuple(CATALOGUE)).shape == (3, len(CATALOGUE))
    assert channel_weights("d3s", ()).shape == (3, 0)


def test_saturation_clips_and_scales():
    lines, sky = flat(radiance=1.0)
    exposure = read_out(collect(lines, sky, **SETTING), iso=ISO)
    assert exposure.saturation_electrons == pytest.approx(saturation_electrons(AREA_M2, 6400.0))
    assert np.all(exposure.electrons == np.float32(exposure.saturation_electrons))
    assert saturation_electrons(2 * AREA_M2, 800.0) == pytest.approx(16 * saturation_electrons(AREA_M2, 6400.0))
    assert read_noise_electrons(4 * AREA_M2, 800.0) == pytest.approx(2 * read_noise_electrons(AREA_M2, 800.0))


def test_observer_needs_the_camera_s_exposure():
    """Daylight of 5500 K gives the same in Y as in green, and 683 lm/W ties nothing else."""
    daylight = daylight_spectrum(5500.0, SKY_WAVELENGTHS_NM)
    camera = band_weights("d3s", SKY_WAVELENGTHS_NM) @ daylight
    observer = band_weights("ideal_cie", SKY_WAVELENGTHS_NM) @ daylight
    assert observer[1] == pytest.approx(camera[1], rel=0.01)
    assert observer / observer[1] == pytest.approx([0.9568, 1.0, 0.9214], rel=0.01)  # D55 white, CIE 15


def test_daylight_is_d65():
    """CIE 15 table T.1: D65 at 400, 500, 560, 600, 700 nm."""
    got = daylight_spectrum(6504.0, np.array([400.0, 500.0, 560.0, 600.0, 700.0]))
    assert got == pytest.approx([82.75, 109.35, 100.0, 90.01, 71.61], rel=0.003)


def test_white_of_the_camera_is_a_d3s():
    """Raw white under D65 after Adobe's matrix for the D3S (as in dcraw): 0.487, 1, 0.852 of green."""
    grid, _ = read_curves("nikon_5100.csv")
    energy = electrons_per_photon("d3s", grid) * grid
    white = (energy * daylight_spectrum(6504.0, grid)).sum(axis=1)
    assert white / white[1] == pytest.approx([0.487, 1.0, 0.852], rel=0.01)


def test_runs_on_the_array_api_and_agrees():
    lines, sky = flat(rayleighs=20000.0, radiance=1e-8, shape=(5, 7))
    strict_lines = LineRadiance(lines.keys, array_api_strict.asarray(lines.rayleighs))
    strict_sky = SkyRadiance(sky.wavelengths_nm, array_api_strict.asarray(sky.radiance))
    for noise in (False, True):
        here = read_out(collect(lines, sky, **SETTING), iso=ISO, noise=noise).electrons
        there = read_out(collect(strict_lines, strict_sky, **SETTING), iso=ISO, noise=noise).electrons
        assert np.from_dlpack(there) == pytest.approx(here, rel=1e-4, abs=1e-3)


def any_light(rows=23, columns=31, seed=0):
    """Return uneven light: a line, and a sky of another spectrum in each pixel."""
    random = np.random.default_rng(seed)
    lines = random.uniform(0.0, 2e4, (1, rows, columns)).astype(np.float32)
    sky = random.uniform(0.0, 1e-8, (21, rows, columns)).astype(np.float32)
    return LineRadiance(("557.7",), lines), SkyRadiance(SKY_WAVELENGTHS_NM, sky)


@given(st.floats(1e-3, 1e3))
def test_collecting_is_linear_in_the_light(factor):
    lines, sky = any_light()
    brighter = (
        LineRadiance(lines.keys, np.float32(factor) * lines.rayleighs),
        SkyRadiance(sky.wavelengths_nm, np.float32(factor) * sky.radiance),
    )
    once = collect(lines, sky, **SETTING).electrons
    np.testing.assert_allclose(collect(*brighter, **SETTING).electrons, np.float32(factor) * once, rtol=1e-5)


def test_light_of_lines_and_sky_adds():
    lines, sky = any_light()
    no_lines, no_sky = (
        LineRadiance(lines.keys, 0.0 * lines.rayleighs),
        SkyRadiance(sky.wavelengths_nm, 0.0 * sky.radiance),
    )
    both = collect(lines, sky, **SETTING).electrons
    apart = collect(lines, no_sky, **SETTING).electrons + collect(no_lines, sky, **SETTING).electrons
    assert both == pytest.approx(apart, rel=FLOAT32)
    assert not collect(no_lines, no_sky, **SETTING).electrons.any()


def test_what_is_collected_knows_neither_noise_nor_clipping():
    lines, sky = flat(radiance=1.0)
    collected = collect(lines, sky, **SETTING)
    assert np.ptp(collected.electrons, axis=(1, 2)).max() == 0.0
    assert collected.electrons.min() > 100.0 * saturation_electrons(AREA_M2, ISO)


@pytest.mark.parametrize("noise", [True, False])
@pytest.mark.parametrize("pitch_um", [7.3, 28.0])
def test_tiles_are_read_out_as_the_whole(noise, pitch_um):
    collected = replace(collect(*any_light(), **SETTING), photosite_area_m2=(pitch_um * 1e-6) ** 2)
    place = {"iso": ISO, "noise": noise, "seed": 5, "frame_index": 9}
    whole = read_out(collected, **place).electrons
    for top, bottom, left, right in ((0, 23, 0, 31), (4, 15, 0, 31), (7, 20, 3, 18)):
        part = np.s_[:, top:bottom, left:right]
        tile = read_out(
            replace(collected, electrons=collected.electrons[part]), **place, first_row=top, first_column=left
        )
        rows = slice(HALO_ROWS if top else 0, bottom - top - (HALO_ROWS if bottom < 23 else 0))
        columns = slice(HALO_ROWS if left else 0, right - left - (HALO_ROWS if right < 31 else 0))
        assert np.array_equal(tile.electrons[:, rows, columns], whole[part][:, rows, columns])
    misplaced = read_out(replace(collected, electrons=collected.electrons[:, 5:15]), **place).electrons
    differs = noise or collected.has_mosaic
    assert np.array_equal(misplaced[:, 4:-4], whole[:, 9:11]) is not differs  # negative control


@pytest.mark.parametrize("namespace", [np, array_api_strict])
def test_optics_may_spread_what_is_collected(namespace):
    """Whatever lies between, sensor and noise see its result alone: here a lens that blurs along the rows."""
    collected = collect(*any_light(), **SETTING)
    collected = replace(collected, photosite_area_m2=(28e-6) ** 2)
    kernel = np.array([0.25, 0.5, 0.25], np.float32)
    blurred = sum(
        weight * np.roll(collected.electrons, shift, axis=2) for weight, shift in zip(kernel, (-1, 0, 1), strict=True)
    )
    given_back = replace(collected, electrons=namespace.asarray(blurred))
    exposure = read_out(given_back, iso=ISO, noise=False)
    assert np.from_dlpack(exposure.electrons) == pytest.approx(np.minimum(blurred, exposure.saturation_electrons))
    noisy = np.from_dlpack(read_out(given_back, iso=ISO, seed=2).electrons)
    read_noise = read_noise_electrons(collected.photosite_area_m2, ISO)
    spread = np.sqrt((blurred + read_noise**2) / np.array([0.25, 0.5, 0.25])[:, None, None])  # of a mosaic's channels
    assert np.abs((noisy - blurred) / spread)[blurred < 0.5 * exposure.saturation_electrons].max() < 6.0


def test_the_observer_is_read_out_as_collected():
    collected = collect(*any_light(), **SETTING, response="ideal_cie")
    assert np.array_equal(read_out(collected, iso=ISO).electrons, collected.electrons)


def test_errors_say_what_was_given():
    lines, sky = flat()
    with pytest.raises(InputError, match=r"f-number must be greater than 0, got 0"):
        collect(lines, sky, **(SETTING | {"f_number": 0.0}))
    with pytest.raises(InputError, match=r"ISO must be greater than 0, got nan"):
        read_out(collect(lines, sky, **SETTING), iso=math.nan)
    with pytest.raises(InputError, match=r"lines are \(3, 4\) but sky is \(2, 2\)"):
        collect(lines, flat(shape=(2, 2))[1], **SETTING)
    with pytest.raises(InputError, match=r"unknown emission line '123.4'"):
        channel_weights("d3s", ["123.4"])


@pytest.mark.data
@pytest.mark.parametrize("name", ["nikon_5100", "cie_1931", "cie_1951_scotopic", "cie_daylight"])
def test_tables_are_the_package_s(name):
    pytest.importorskip("colour")
    build = pytest.importorskip("render.data.build_colour")
    table, _ = getattr(build, name)()
    grid, curves = read_curves(f"{name}.csv")
    assert np.column_stack([grid, curves.T]) == pytest.approx(table, rel=1e-6, abs=1e-12)
