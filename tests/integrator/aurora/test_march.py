"""The aurora of the main scene, staged and marched: its step, its linearity, and that tiles and order do not matter."""

import numpy as np
import pytest

from render import load_scene
from render.core.lines import AURORA_KEYS, LINE_KEYS, TIED
from tests.integrator.conftest import NO_LAYERS, plane, sharpness, staged, without_afterglow
from tests.marching import marched, with_arrays
from tests.small import through_lens

# of a line's 99th percentile over the frame, or of a brighter pixel: what halving the march's step may change
STEP_ERROR = 0.01
LINEAR = 2e-4  # of the pixel, and of the line's 99th percentile
FAINT_PIXELS = 0.005  # share of pixels where samples fainter than `shaders.aurora.march.FAINTEST` count
FAINT = 1e-3  # of a line's sum over the frame: samples fainter than `shaders.aurora.march.FAINTEST` are left out


@pytest.fixture(scope="module")
def rayleighs(main_scene):
    return main_scene.march(main_scene.stage)


def with_flux(stage, factor):
    """Return a stage whose electrons carry, and carried, `factor` times the energy flux, at the same energies."""
    texels, past = stage.maps.texels.to_numpy(), stage.maps.past.to_numpy()
    for values in (texels, past):
        values[:, 1:] *= factor  # column 0 is ln energy, the rest are fluxes
    return with_arrays(stage, texels=texels, past=past)


def test_the_picture_has_aurora_in_every_line_that_electrons_excite(rayleighs):
    brightest = dict(zip(LINE_KEYS, rayleighs.max(axis=(1, 2)), strict=True))
    assert all(brightest[key] > 100.0 for key in (*AURORA_KEYS, *TIED) if key != "H-beta")
    assert all(brightest[key] == 0.0 for key in LINE_KEYS if key not in (*AURORA_KEYS, *TIED))
    assert brightest["H-beta"] == 0.0  # protons alone make it, and the scene has none
    assert np.isfinite(rayleighs).all() and rayleighs.min() >= 0.0


def test_halving_the_step_changes_no_pixel(main_scene, rayleighs):
    halved = main_scene.march(main_scene.stage.with_step(0.5))
    lines = slice(len(AURORA_KEYS))
    reference = np.percentile(halved[lines], 99.0, axis=(1, 2), keepdims=True)
    worst = (np.abs(halved - rayleighs)[lines] / np.maximum(reference, halved[lines])).max(axis=(1, 2))
    assert (worst > 0.0).all()  # the step does something
    assert worst.max() < STEP_ERROR, dict(zip(AURORA_KEYS, worst.round(4), strict=True))


@pytest.mark.parametrize("factor", [2.0, 0.25])
def test_light_is_linear_in_energy_flux(main_scene, rayleighs, factor):
    # A group's brightness is not: more flux makes its electrons harder. More of the same electrons is.
    found = main_scene.march(with_flux(main_scene.stage, factor))
    lines = slice(len(AURORA_KEYS))
    expected = factor * rayleighs
    reference = np.percentile(expected[lines], 99.0, axis=(1, 2))[:, None, None]
    assert (np.abs(found - expected)[lines] < STEP_ERROR * reference).all()
    assert (np.abs(found - expected)[lines] > LINEAR * (expected[lines] + reference)).mean() < FAINT_PIXELS
    assert found[lines].sum(axis=(1, 2)) == pytest.approx(expected[lines].sum(axis=(1, 2)), rel=FAINT)


def test_no_electrons_no_light(main_scene):
    assert main_scene.march(with_flux(main_scene.stage, 0.0)).max() == 0.0


def test_afterglow_softens_red_light_and_keeps_it(main_scene, rayleighs):
    # Over minutes the aurora brightens and fades, so that red light of now and of the past differ by a few per cent.
    m = main_scene
    off = staged((m.camera.columns, m.camera.rows), scene=without_afterglow(m.scene))
    prompt = off.march(off.stage)
    kept = {key: plane(rayleighs, key).sum() / plane(prompt, key).sum() for key in AURORA_KEYS}
    softer = {key: sharpness(plane(rayleighs, key)) / sharpness(plane(prompt, key)) for key in AURORA_KEYS}
    assert [kept["N2_1PG"], softer["N2_1PG"]] == pytest.approx([1.0, 1.0], abs=1e-5)
    assert kept["557.7"] == pytest.approx(1.0, abs=0.01)
    assert kept["630.0"] == pytest.approx(1.0, abs=0.2)  # the whole oval brightens and fades within minutes
    assert softer["520.0"] / kept["520.0"] < 0.95  # 0.90


def test_rows_marched_apart_are_the_same_rows(main_scene, rayleighs):
    parts = [main_scene.march(main_scene.stage, first, 30) for first in range(0, main_scene.camera.rows, 30)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), rayleighs)


def test_an_instant_staged_after_another_is_the_same_to_the_bit():
    size, scene = (64, 36), through_lens(load_scene("angels_singing"), 50.0)
    alone = staged(size, 30.0, scene)
    first = alone.march(alone.stage)
    other = staged(size, 90.0, scene)
    assert np.abs(other.march(other.stage) - first).max() > 0.0
    again = staged(size, 30.0, scene)
    np.testing.assert_array_equal(again.march(again.stage), first)
    np.testing.assert_array_equal(alone.march(alone.stage), first)


def test_disabled_aurora_is_dark(main_scene):
    m = main_scene
    seen = np.column_stack([np.ones((2, len(LINE_KEYS))), np.zeros(2)])
    dark = marched(None, NO_LAYERS, seen, m.camera, m.position_km, 0, 2)
    assert dark.shape == (len(LINE_KEYS), 2, m.camera.columns)
    assert dark.max() == 0.0
