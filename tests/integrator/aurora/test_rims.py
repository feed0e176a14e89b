"""What tiles share is drawn once and copied: the map is the one in which every tile draws its own rim."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.device import empty, start, upload
from render.geophysics.forms.aurora_settings import AuroraSettings
from render.geophysics.forms.drive_series import DriveSeries
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.texels import Pool
from shaders.footprint import glow
from tests.devices import EVERY, start_or_skip
from tests.integrator.aurora.magnetic_maps import builder_of, hours_km, oval_km


def test_a_neighbour_lends_its_texels_where_it_is_as_fine():
    cells = np.array([[0, 0], [1, 0], [2, 0], [1, 1]])
    tiles = tiling.lay_tiles(cells, np.array([4, 4, 8, 4]))
    a, b, _, d = tiles.first
    expected = np.zeros((4, 3, 3), int)  # [tile, south to north, west to east]
    expected[0, 1, 2], expected[0, 2, 2] = b, d
    expected[1, 1, 0], expected[1, 2, 1] = a, d
    expected[3, 0, 0], expected[3, 0, 1] = a, b
    np.testing.assert_array_equal(tiles.neighbours(), expected.reshape(4, 9))


@given(seed=st.integers(0, 2**32 - 1), rim=st.sampled_from([tiling.RIM, tiling.MEMORY_RIM]))
def test_every_texel_of_a_rim_comes_from_the_same_place_in_the_neighbour(seed, rim):
    random = np.random.default_rng(seed)
    row, column = np.nonzero(random.random((6, 7)) < 0.7)
    tiles = tiling.lay_tiles(np.column_stack([column, row]), 2 ** random.integers(1, 4, len(row)), rim)
    if not len(row):
        return
    tiles = replace(tiles, beside=tiles.neighbours())
    start("cpu")
    filled = copied(tiles, places_of(tiles))
    drawn = filled[:, 2] > 0.0
    np.testing.assert_array_equal(filled[drawn, :2], all_places(tiles)[drawn])
    east = tiles.neighbours()[:, 5] > 0  # its column of texels, at least, is copied
    assert drawn.sum() >= (tiles.texels_along**2).sum() + tiles.texels_along[east].sum()


@given(along=st.lists(st.sampled_from([2, 4, 8, 16]), min_size=1, max_size=9), piece=st.integers(1, 30))
def test_pieces_of_rows_hold_every_texel_once(along, piece):
    tiles = tiling.lay_tiles(np.column_stack([np.arange(len(along)), np.zeros(len(along), int)]), np.array(along))
    pieces = tiles.device_rows(piece)
    assert pieces[:, 3].min() >= 1 and pieces[:, 3].max() <= piece
    sides = np.array(along) + tiling.RIM
    texels = [
        tiles.first[tile] + row * sides[tile] + first + np.arange(count) for tile, row, first, count in pieces
    ]  # fmt: skip
    np.testing.assert_array_equal(np.sort(np.concatenate(texels)), np.arange(tiling.EMPTY_TEXELS, tiles.total))


def all_places(tiles):
    """Return [texel, 2]: where on the plane, in cells, each texel of tiles is; 0 in the empty tile."""
    places = np.zeros((tiles.total, 2), np.float32)
    for cell, n, first in zip(tiles.cells, tiles.texels_along, tiles.first, strict=True):
        at = (np.arange(n + tiles.rim) - tiles.rim // 2) / n
        grid = np.stack(np.meshgrid(cell[0] + at, cell[1] + at), axis=-1)
        places[first : first + (n + tiles.rim) ** 2] = grid.reshape(-1, 2)
    return places


def places_of(tiles):
    """Return [texel, 3]: the places of each tile's own texels, and 1; 0 on its rim."""
    values = np.zeros((tiles.total, 3), np.float32)
    for n, first in zip(tiles.texels_along, tiles.first, strict=True):
        side, low = n + tiles.rim, tiles.rim // 2
        own = first + (np.arange(low, low + n)[:, None] * side + np.arange(low, low + n)).ravel()
        values[own, :2], values[own, 2] = all_places(tiles)[own], 1.0
    return values


def copied(tiles, values):
    """Return values [texel, value] with what `Pool.fill_rims` copies."""
    pool = Pool(upload(values), upload(values[:, 2:]))
    pool.fill_rims(tiles)
    np.testing.assert_array_equal(pool.thin_flux(), pool.values.to_numpy()[:, 2])
    return pool.values.to_numpy()


@pytest.mark.parametrize("device", EVERY)
def test_a_map_whose_tiles_share_texels_is_the_same(device):
    start_or_skip(*device)
    x, y = hours_km(22.0), oval_km(5.0, 22.0, 0.6)
    first = np.floor(np.array([x, y]) / tiling.CELL_KM).astype(int)
    cells = np.array([(c, r) for r in range(3) for c in range(3)]) + first
    place = (x - 400.0, x + 400.0), (y - 400.0, y + 400.0)
    builder = builder_of(AuroraSettings(), DriveSeries.steady(5.0), 0.0, *place)
    alone = tiling.lay_tiles(cells, np.array([8, 8, 4, 8, 8, 4, 16, 16, 16]))
    shared = replace(alone, beside=alone.neighbours())
    assert (shared.beside > 0).sum() == 18  # either way, in a square of four, in rows of two and three
    expected, found = builder.build(alone), builder.build(shared)
    assert not np.array_equal(found.values.to_numpy(), expected.values.to_numpy())  # rims are still to be copied
    found.fill_rims(shared)
    np.testing.assert_allclose(found.values.to_numpy(), expected.values.to_numpy(), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(found.thin_flux(), expected.thin_flux(), rtol=1e-6, atol=1e-7)
    assert expected.thin_flux().max() > 0.0


@pytest.mark.parametrize("device", EVERY)
def test_the_carpet_is_made_uneven_where_there_is_one(device):
    start_or_skip(*device)
    oval = np.zeros((50, 3, 2))
    oval[25, :, 0] = 1.0  # at y = 6500 km
    masks = empty((2, 126, 20))
    axis, oval_axis = np.array([0.0, 6000.0, 8.0, 8.0]), np.array([0.0, 6000.0, 60.0, 20.0])
    glow.tabulate_masks(upload(np.array([0.0, 60.0])), axis, oval_axis, upload(oval), masks)
    found, away = masks.to_numpy(), np.abs(6000.0 + 8.0 * np.arange(126) - 6500.0)
    assert (found[:, away > glow.STRAYS_KM + 40.0] == 1.0).all()
    near = found[:, away < glow.STRAYS_KM]
    assert (near > 0.0).all() and (near != 1.0).all() and 0.2 < near.std() < 2.0
