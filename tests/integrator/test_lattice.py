"""Light gathered on a lattice: cubics are exact, edges marched, parts those of the whole, errors as stated."""

import numpy as np
import pytest
import taichi as ti
import taichi.math as tm

from render import device as devices
from render.core.lines import LINE_KEYS
from render.integrator.lattice import EVERY_PIXEL, FLOOR_R, STANDARD, Part, Sampling, Source, gather
from render.integrator.quality import QUALITIES
from shaders import lattice, turns
from tests.devices import start_or_skip
from tests.integrator.conftest import NO_LAYERS, staged
from tests.marching import marched

ROWS, COLUMNS = 61, 83
BRIGHT_R = 2.0e4
CUBIC, WAVE, EDGE, POINTS, FAINT, LEVEL, UPRIGHT = range(7)
ANYTHING_IS_SMOOTH = 1.0e9  # tolerance
ORDER = 4.0


@ti.kernel
def add_form(
    form: ti.i32, level: lattice.Lattice, unevenness: ti.types.ndarray(), values: ti.types.ndarray(),
    gathered: ti.types.ndarray(), begin: ti.i32, count: ti.i32,
):  # fmt: skip
    for k in range(begin, begin + count):
        at = lattice.node(level, begin + turns.in_turn(k - begin, count))
        share = lattice.gathered_share(at, level, unevenness)
        if share > 0.0:
            y, x = at.x / 61.0, at.y / 83.0
            light = 2.0 + y * (1.0 - y) * (1.0 + y) + 0.5 * x * x * x - x * y
            if form == WAVE:
                light = 2.0 + tm.sin(9.0 * x + 1.0) * tm.cos(7.0 * y)
            elif form == EDGE:
                light = ti.select(3 * at.x + at.y > 120, 2.0, 0.25)
            elif form == POINTS:
                light = 1.0 + ((at.x * 7 + at.y * 13) % 29) * ti.select(at.x < 30, 0.0, 0.1)
            elif form == LEVEL:
                light = ti.select(at.x > 30, 2.0, 0.25)
            elif form == UPRIGHT:
                light = ti.select(at.y > 30, 2.0, 0.25)
            elif form == FAINT:
                light = 1e-6 * ((at.x * 7 + at.y * 13) % 29)
            values[at.x - level.origin, at.y][3] += share * light * 1.0e5
            gathered[at.x, at.y] = gathered[at.x, at.y] + share


def picture(form, sampling, first=0, count=ROWS, rows=ROWS, columns=COLUMNS):
    """Return (light of a form, how much of each pixel's ray was gathered) of some rows."""
    shares = devices.empty((rows + 64, columns + 64))
    shares.fill(0.0)

    def add(level, unevenness, values, begin, nodes):
        add_form(form, level, unevenness, values, shares, begin, nodes)

    out = devices.to_host(gather(Part(rows, columns, first, count), sampling, [Source(add)])).astype(float)
    assert not np.delete(out, 3, axis=0).any()
    return out[3], shares.to_numpy()[first : first + count, :columns]


@pytest.fixture(autouse=True)
def _device():
    start_or_skip("cpu", "double")


@pytest.fixture
def exact():
    return {form: picture(form, EVERY_PIXEL)[0] for form in (CUBIC, WAVE, EDGE, POINTS, FAINT)}


@pytest.mark.double
def test_every_pixel_is_marched_where_that_is_asked_for():
    assert (picture(POINTS, EVERY_PIXEL)[1] == 1.0).all()


@pytest.mark.double
@pytest.mark.parametrize("coarsest", [2, 4, 8])
def test_a_cubic_is_exact_and_only_coarse_nodes_are_marched(exact, coarsest):
    found, shares = picture(CUBIC, Sampling(coarsest, 0.2))
    edge = 2 * coarsest  # at the picture's edge light is continued by reflection, which is of second order
    inside = slice(edge, -edge), slice(edge, -edge)
    np.testing.assert_allclose(found[inside], exact[CUBIC][inside], rtol=1e-12)
    np.testing.assert_allclose(found, exact[CUBIC], rtol=0.01)
    coarse = np.zeros(shares.shape, bool)
    coarse[::coarsest, ::coarsest] = True
    assert (shares[coarse] == 1.0).all() and not shares[~coarse].any()


@pytest.mark.double
def test_interpolation_is_of_fourth_order(exact):
    inside = slice(16, -16), slice(16, -16)
    errors = [
        np.abs(picture(WAVE, Sampling(step, ANYTHING_IS_SMOOTH))[0] - exact[WAVE])[inside].max() for step in (2, 4, 8)
    ]
    orders = np.diff(np.log2(errors))
    assert (np.abs(orders - ORDER) < 0.3).all(), orders


@pytest.mark.double
def test_an_edge_is_marched(exact):
    found, shares = picture(EDGE, STANDARD)
    assert np.abs(found / exact[EDGE] - 1.0).max() < 1e-12
    assert 0.1 < (shares > 0.0).mean() < 0.5  # and little else
    smeared, _ = picture(EDGE, Sampling(4, ANYTHING_IS_SMOOTH))  # the control
    assert np.abs(smeared / exact[EDGE] - 1.0).max() > 0.5


@pytest.mark.double
@pytest.mark.parametrize("form", [LEVEL, UPRIGHT])
def test_an_edge_asks_for_rays_on_the_way_across_it_alone(form):
    found, shares = picture(form, STANDARD)
    assert np.abs(found / picture(form, EVERY_PIXEL)[0] - 1.0).max() < 1e-12
    coarse_rows, new_rows = shares[:: STANDARD.coarsest], np.delete(shares, np.s_[:: STANDARD.coarsest], axis=0)
    if form == LEVEL:  # no rays where columns are filled in, and whole rows about the edge
        assert not np.delete(coarse_rows, np.s_[:: STANDARD.coarsest], axis=1).any()
        assert 3 <= new_rows.any(axis=1).sum() < 16
    else:  # none where rows are, and columns about the edge
        assert not new_rows.any()
        assert 3 <= np.delete(coarse_rows, np.s_[:: STANDARD.coarsest], axis=1).any(axis=0).sum() < 16


@pytest.mark.double
def test_light_far_below_the_floor_is_not_worth_a_ray(exact):
    assert 0.0 < exact[FAINT].max() < 0.01 * FLOOR_R
    found, shares = picture(FAINT, STANDARD)
    assert (shares > 0.0).mean() < 0.1
    assert np.abs(found - exact[FAINT]).max() < 0.01 * FLOOR_R


@pytest.mark.double
def test_between_smooth_and_uneven_the_light_is_a_mixture():
    _, smooth = picture(WAVE, Sampling(8, ANYTHING_IS_SMOOTH))
    _, some = picture(WAVE, Sampling(8, 0.1))
    between = (some > 0.0) & (some < 1.0)
    assert between.any() and not ((smooth > 0.0) & (smooth < 1.0)).any()
    steps = np.linspace(0.099, 0.101, 21)
    light = np.array([picture(WAVE, Sampling(8, t))[0] for t in steps])
    jumps = np.abs(np.diff(light, axis=0)).max()
    whole = np.abs(picture(WAVE, EVERY_PIXEL)[0] - picture(WAVE, Sampling(8, ANYTHING_IS_SMOOTH))[0]).max()
    assert jumps < 0.25 * whole  # 2 % of the tolerance does not switch a pixel over


@pytest.mark.double
@pytest.mark.parametrize(("first", "count"), [(0, 1), (5, 9), (17, 30), (60, 1)])
@pytest.mark.parametrize("form", [EDGE, POINTS])
def test_parts_are_those_of_the_whole_to_the_bit(form, first, count):
    whole, _ = picture(form, STANDARD)
    part, _ = picture(form, STANDARD, first, count)
    np.testing.assert_array_equal(part, whole[first : first + count])


@pytest.mark.double
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 300), (4, 5), (17, 17), (18, 300)])
def test_small_and_narrow_pictures(rows, columns):
    found, _ = picture(POINTS, STANDARD, 0, rows, rows, columns)
    expected, shares = picture(POINTS, EVERY_PIXEL, 0, rows, rows, columns)
    assert (shares == 1.0).all()
    np.testing.assert_allclose(found, expected, rtol=0.05)
    if min(rows, columns) < 9:  # no lattice of two pixels has five nodes
        np.testing.assert_array_equal(found, expected)


def test_the_aurora_on_a_lattice_is_the_aurora_of_every_pixel():
    seen = staged((240, 135))
    clear = np.column_stack([np.ones((2, len(LINE_KEYS))), np.zeros(2)])
    view = NO_LAYERS, clear, seen.camera, seen.position_km, 0, seen.camera.rows

    def errors(quality):
        found = marched(seen.stage, *view, sampling=QUALITIES[quality].sampling).astype(float)
        return np.abs(found - every) / np.maximum(every, FLOOR_R)

    every = marched(seen.stage, *view, sampling=EVERY_PIXEL).astype(float)
    assert every.max() > BRIGHT_R
    standard, preview = errors("standard"), errors("preview")
    assert np.percentile(standard, 99.0, axis=(1, 2)).max() < 0.015
    assert np.percentile(standard, 99.9, axis=(1, 2)).max() < 0.03
    assert np.percentile(preview, 99.0, axis=(1, 2)).max() < 0.15
    assert np.percentile(preview, 99.9) > 2.0 * np.percentile(standard, 99.9) > 0.0  # a coarser lattice is seen as one
    assert not errors("final").any()
