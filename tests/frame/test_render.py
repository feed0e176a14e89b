"""Whole frames: devices agree, order and tiles do not matter, and a uniform layer has the brightness of its formula."""

import functools
import sys

import numpy as np
import pytest

from render import load_scene
from render.core import geodesy
from render.core.lines import LINE_KEYS
from render.frame import render as road
from render.frame import stage
from render.frame.moment import moment_of
from tests.devices import OTHERS, start_or_skip
from tests.small import through_lens

SIZE = (96, 54)
LENS_MM = 50.0  # the main scene through twice its own lens: a third of the maps, and all that it promises
RTOL, ATOL = 5e-4, 1e-5  # of the pixel, and of the maximum, between devices and precisions
OWN_LINE_FAILING = 5e-4  # share of pixels in which a faint line may miss RTOL and ATOL of its own maximum
EDGE_FAILING = 2e-3  # share of pixels in which a ray may see the next panel of the station
EDGE_RAY = 0.02  # of the pixel: what one of its rays may change
SAMPLE_RAYLEIGHS = 1.0  # R: the most that a sample left out would have given
OTHER_BLOCKS = 2e-3  # of a line's 99th percentile: what blocks laid otherwise may change, a fifth of the step's error
CLOSED_FORM = 1e-3  # 0.1 %
SLAB_RAYLEIGHS = 1e4  # 1e-6 x 1000 cm-3 s-1 x 1e7 cm
LATER_S, LAST_S = 60.0, 200.0


pytestmark = pytest.mark.usefixtures("coarse_sky")


def main_scene():
    return through_lens(load_scene("angels_singing"), LENS_MM)


def rendered(size=SIZE, time_s=0.0, scene=None, device="cpu", precision="single"):
    """Return one frame's radiances, (rayleighs [line, row, column], W m-2 sr-1 nm-1 [band, row, column])."""
    start_or_skip(device, precision)
    scene = scene or main_scene()
    frame = road.render_frame(scene, scene.time.epoch.plus_seconds(time_s), size, device, precision)
    return frame.lines.rayleighs, frame.sky.radiance


@functools.cache
def on_device(device, precision):
    """Return the main scene's radiances, rendered once per device and precision, as float64."""
    return tuple(part.astype(float) for part in rendered(device=device, precision=precision))


@pytest.fixture
def reference(in_double):
    return in_double("main-scene", lambda: on_device("cpu", "double"))


def forget():
    """Empty every cache of the package, as in a fresh process."""
    for name, module in list(sys.modules.items()):
        if name.startswith("render."):
            for value in list(vars(module).values()):
                if callable(getattr(value, "cache_clear", None)):
                    value.cache_clear()


def assert_same(one, other):
    np.testing.assert_array_equal(one[0], other[0])
    np.testing.assert_array_equal(one[1], other[1])


def misses(one, other, maximum):
    """Return [plane, row, column]: whether two results differ by more than RTOL of one and ATOL of the maximum."""
    return np.abs(one - other) > RTOL * np.abs(other) + ATOL * maximum


@pytest.mark.parametrize("device", OTHERS)
def test_lines_agree_in_every_pixel(device, reference):
    # Lines are one quantity, rayleighs of one aurora: ATOL is of the brightest line's maximum.
    found, expected = on_device(*device)[0], reference[0]
    assert not misses(found, expected, expected.max()).any()


@pytest.mark.parametrize("device", OTHERS)
def test_every_line_agrees_but_where_rounding_tips_a_decision(device, reference):
    # Samples fainter than `shaders.aurora.march.FAINTEST` are left out. Where rounding tips one over, a pixel changes
    # by that sample: a fraction of a rayleigh, yet more than ATOL of the faintest lines' own maxima. Where it tips the
    # march into another cell of the map, blocks are laid otherwise, by up to 128 km aloft: 4 of 14400 pixels, by up to
    # 3.8 R or 0.13 % of the line's 99th percentile, of N2+ in sunlight, the one line that is bright up there.
    found, expected = on_device(*device)[0], reference[0]
    missed = misses(found, expected, expected.max(axis=(1, 2), keepdims=True))
    assert missed.any(axis=0).mean() <= OWN_LINE_FAILING
    top = np.percentile(expected, 99.0, axis=(1, 2))[:, None, None]
    allowed = np.broadcast_to(np.maximum(SAMPLE_RAYLEIGHS, OTHER_BLOCKS * top), missed.shape)
    assert (np.abs(found - expected)[missed] < allowed[missed]).all()


@pytest.mark.parametrize("device", OTHERS)
def test_sky_agrees_in_every_pixel(device, reference):
    # Places are known to metres in single precision, and clouds' edges are as sharp as half a kilometre; a ray to the
    # station within rounding of a panel's edge sees the one beside it: 5 of 5184 pixels, by 0.5 %.
    found, expected = on_device(*device)[1], reference[1]
    missed = misses(found, expected, expected.max(axis=(1, 2), keepdims=True))
    assert missed.any(axis=0).mean() <= EDGE_FAILING
    assert (np.abs(found - expected)[missed] < EDGE_RAY * expected[missed]).all()


@pytest.mark.double
def test_the_main_scene_holds_all_that_it_promises(reference):
    lines, sky = reference
    brightest = dict(zip(LINE_KEYS, lines.max(axis=(1, 2)), strict=True))
    assert brightest["557.7"] > 2e4  # green curtains
    assert brightest["OH"] > 1e4 and brightest["Na"] > 1e3  # the airglow's limb
    assert np.isfinite(sky).all() and sky.min() >= 0.0
    assert sky.max() > 100.0 * np.median(sky)  # cities and stars


def test_a_frame_is_a_pure_function_of_scene_and_instant():
    forget()
    alone = rendered(time_s=LATER_S)
    earlier = rendered()
    assert np.abs(alone[0] - earlier[0]).max() > 0.0 and np.abs(alone[1] - earlier[1]).max() > 0.0
    rendered(time_s=LAST_S)
    assert_same(rendered(time_s=LATER_S), alone)
    forget()
    assert_same(rendered(), earlier)


def test_the_size_of_bands_changes_no_bit(monkeypatch):
    whole = rendered(time_s=LATER_S)
    monkeypatch.setattr(stage, "BAND_PIXELS", 7 * SIZE[0] + 3)  # bands of seven rows; the last has five
    assert_same(rendered(time_s=LATER_S), whole)


def test_uniform_slab_is_ten_kilorayleighs_straight_down():
    scene = load_scene("uniform_slab")
    lines, _ = rendered((65, 65), scene=scene)
    green = lines[LINE_KEYS.index("557.7")]
    assert green[32, 32] == pytest.approx(SLAB_RAYLEIGHS, rel=CLOSED_FORM)
    assert green[31:34, 31:34] == pytest.approx(SLAB_RAYLEIGHS, rel=CLOSED_FORM)
    assert lines.sum() == pytest.approx(green.sum())


def test_uniform_slab_slants_with_its_shells():
    scene = load_scene("uniform_slab")
    green = rendered((65, 65), scene=scene)[0][LINE_KEYS.index("557.7")]
    moment = moment_of(scene, scene.time.epoch, (65, 65))
    along = moment.camera.ray_directions()
    position = np.broadcast_to(moment.observer.position_km, along.shape)
    path = geodesy.shell_distances(position, along, 100.0)[0] - geodesy.shell_distances(position, along, 200.0)[0]
    assert path.max() > 115.0
    np.testing.assert_allclose(green, 100.0 * path, rtol=CLOSED_FORM)
