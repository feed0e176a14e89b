"""The map's cells and tiles: every cell in view is found, none is lost, and detail does not change the energy."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.core import geodesy
from render.core.units import EARTH_MEAN_RADIUS_KM
from render.device import start
from render.frame.air import oval_emission
from render.geophysics.field.field_lines import FieldLineMap, Window, plane_from_direction
from render.geophysics.field.geomagnetic import magnetic_local_time_h
from render.geophysics.field.magnetic_coordinates import magnetic_xy
from render.geophysics.forms import curtain
from render.geophysics.forms.drive_series import DriveSeries, drive_function
from render.integrator.aurora import footprint_map, in_view
from render.integrator.aurora import march as aurora
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.instant import AuroraInstant
from render.integrator.aurora.magnetosphere import REACH_KM, plane_position
from render.integrator.aurora.tile_builder import MapBuilder, Place, present_only
from render.observer.attitude import horizon_attitude
from render.observer.camera import Camera

FLUX_KEPT = 0.02  # of the mean energy flux, between tiles of 4 km texels and of 1 km (0.5 km: 0.8 %)
SOFT_KEPT = (
    0.15  # of the soft electrons': they follow what rays exceed half their mean, and coarse maps have fewer rays
)
RAY_STEP_KM = 40.0
AURORAL_DEG = 48.0  # magnetic latitude at which the statistical oval's table starts
LIT_KM = (80.0, 600.0)  # km, altitudes between which the march reads the map
LATITUDE, LONGITUDE, HEIGHT_KM = 45.0, -84.0, 415.0


def vertical_field():
    """Return a map of vertical field lines: every point stands above its own footprint."""
    return FieldLineMap(Window(-12000.0, -12000.0, 3000.0, 9, 9), 1, np.zeros((9, 9, 6)))


def camera_to(azimuth_deg, elevation_deg, field_deg=30.0, height_km=HEIGHT_KM, columns=64, rows=48):
    """Return a position and a camera there."""
    position = geodesy.itrs_from_geodetic(LATITUDE, LONGITUDE, height_km)
    return position, Camera(
        rows=rows, columns=columns, itrs_from_camera=horizon_attitude(position, azimuth_deg, elevation_deg),
        reference_pixel=np.array([(columns + 1) / 2, (rows + 1) / 2]),
        tangent_from_pixel=np.eye(2) * np.radians(field_deg) / columns, photosite_area_m2=1e-10, f_number=1.4,
        exposure_s=1.0, iso=1600.0,
    )  # fmt: skip


def cell_of(grid, position_km):
    x, y = plane_from_direction(position_km, 1)
    return int(np.floor(y / tiling.CELL_KM)) - grid.first_row, int(np.floor(x / tiling.CELL_KM)) - grid.first_column


def distances(azimuth_deg, elevation_deg=-19.0, field_deg=30.0, height_km=HEIGHT_KM):
    position, camera = camera_to(azimuth_deg, elevation_deg, field_deg, height_km)
    grid = tiling.grid_around(np.array(plane_position(position, 1)), REACH_KM)
    return grid, camera, position, in_view.seen_distance_km(grid, vertical_field(), 1, camera, position)


def test_a_cell_on_the_axis_is_found_at_its_distance():
    grid, camera, position, seen = distances(0.0)
    along = camera.itrs_from_camera[:, 2]
    for altitude in in_view.LIT_ALTITUDES_KM[:2]:
        s = float(geodesy.shell_distances(position, along, altitude)[0])
        found = seen[cell_of(grid, position + s * along)]
        assert found <= s + 2.0 * tiling.CELL_KM  # a lower altitude of the same cell may be nearer
    assert seen[cell_of(grid, position)] < tiling.CELL_KM  # all around


def test_the_farthest_light_is_as_far_as_the_horizon_lets_it_be():
    """From high up by the law of cosines, about the Earth's centre; from the ground and the station FAR_KM."""
    for height_km in (0.0, 420.0):
        assert in_view.farthest_km(np.array([0.0, 0.0, EARTH_MEAN_RADIUS_KM + height_km])) == in_view.FAR_KM
    low, far, high = EARTH_MEAN_RADIUS_KM + np.array([in_view.GRAZING_KM, in_view.HIGHEST_FAR_KM, 20_000.0])
    angle = np.arccos(low / far) + np.arccos(low / high)
    chord = np.sqrt(far**2 + high**2 - 2.0 * far * high * np.cos(angle))
    assert in_view.farthest_km(np.array([high, 0.0, 0.0])) == pytest.approx(chord)


def test_the_grids_edge_is_dark():
    """Places beyond the grid are taken for its outermost cells: light there would go on for ever."""
    _, _, _, seen = distances(0.0, -90.0, 120.0, 20_000.0)
    assert np.isfinite(seen).mean() > 0.5
    assert np.isinf(seen[[0, -1]]).all() and np.isinf(seen[:, [0, -1]]).all()


def test_a_cell_behind_the_camera_is_not_seen():
    grid, camera, position, seen = distances(0.0)
    behind = position - 800.0 * camera.itrs_from_camera[:, 2] * np.array([1.0, 1.0, 0.0])
    assert np.isinf(seen[cell_of(grid, behind)])
    assert np.isfinite(seen).mean() < 0.2


@pytest.mark.parametrize(("height_km", "elevation_deg"), [
    (415.0, -60.0), (415.0, -19.0), (415.0, -5.0), (415.0, 20.0), (0.0, 10.0), (0.0, 45.0), (0.0, 75.0), (800.0, -24.0),
    (2000.0, -45.0), (9000.0, -75.0),
])  # fmt: skip
@pytest.mark.parametrize("field_deg", [30.0, 3.0])
def test_every_pixels_light_lies_in_a_seen_cell(height_km, elevation_deg, field_deg):
    grid, camera, position, seen = distances(20.0, elevation_deg, field_deg, height_km)
    d = camera.ray_directions().reshape(-1, 3)
    for altitude in (76.0, 85.0, 95.0, 110.0, 160.0, 240.0, 400.0, 480.0, 560.0, 640.0, 720.0, 799.0):
        for s in geodesy.shell_distances(position, d, altitude):
            ahead = np.isfinite(s) & (s > 0.0) & (s < in_view.farthest_km(position) - tiling.CELL_KM)
            points = position + s[ahead, None] * d[ahead]
            x, y = plane_from_direction(points, 1)
            row = np.floor(y / tiling.CELL_KM).astype(int) - grid.first_row
            column = np.floor(x / tiling.CELL_KM).astype(int) - grid.first_column
            on = (row > 0) & (row < grid.rows - 1) & (column > 0) & (column < grid.columns - 1)
            assert np.isfinite(seen[row[on], column[on]]).all()


@pytest.mark.parametrize(("height_km", "elevation_deg", "field_deg"), [
    (415.0, -19.0, 30.0), (415.0, -19.0, 100.0), (415.0, -60.0, 60.0), (415.0, 20.0, 100.0), (0.0, 75.0, 40.0),
    (9000.0, -75.0, 20.0),
])  # fmt: skip
def test_no_cell_is_lost_with_its_block(height_km, elevation_deg, field_deg, monkeypatch):
    """Field lines lean by about 45 degrees, by a fifth more on one side of the plane than on the other."""
    position, camera = camera_to(200.0, elevation_deg, field_deg, height_km)
    grid = tiling.grid_around(np.array(plane_position(position, 1)), REACH_KM)
    lean = np.linspace(-110.0, -90.0, 9)[:, None] * np.ones((9, 9))
    field = replace(vertical_field(), coefficients=np.stack([lean, lean.T, *[np.zeros((9, 9))] * 4], axis=-1))
    found = in_view.seen_distance_km(grid, field, 1, camera, position)
    monkeypatch.setattr(in_view, "_blocks_in_view", lambda grid, *sight: np.ones((grid.rows, grid.columns), bool))
    np.testing.assert_array_equal(found, in_view.seen_distance_km(grid, field, 1, camera, position))


def test_every_auroral_footprint_of_the_picture_lies_on_the_grid(main_scene):
    camera, position, field = main_scene.camera, main_scene.position_km, main_scene.around.field
    grid = tiling.grid_around(np.array(plane_position(position, 1)), REACH_KM)
    d = camera.ray_directions()[::12, ::16].reshape(-1, 1, 3)
    points = (position + np.arange(0.0, in_view.farthest_km(position), RAY_STEP_KM)[:, None] * d).reshape(-1, 3)
    altitude = geodesy.geodetic_from_itrs(points)[2]
    lit = (altitude > LIT_KM[0]) & (altitude < LIT_KM[1])
    x, y = field.footprint(*plane_from_direction(points[lit], 1), altitude[lit])
    window = main_scene.around.window
    i = np.clip(np.rint((y - window.y0_km) / window.spacing_km).astype(int), 0, window.rows - 1)
    j = np.clip(np.rint((x - window.x0_km) / window.spacing_km).astype(int), 0, window.columns - 1)
    auroral = main_scene.around.latitude_deg[i, j] > AURORAL_DEG
    x, y = x[auroral], y[auroral]
    row, column = np.floor(y / tiling.CELL_KM) - grid.first_row, np.floor(x / tiling.CELL_KM) - grid.first_column
    assert row.min() >= 0 and row.max() < grid.rows
    assert column.min() >= 0 and column.max() < grid.columns


def test_every_cell_points_at_texels_that_exist(main_scene):
    cells, fine, past = (getattr(main_scene.stage.maps, k).to_numpy() for k in ("cells", "texels", "past"))
    for texels, pairs, rim in ((fine, cells[..., :4], tiling.RIM), (past, cells[..., 4:6], tiling.MEMORY_RIM)):
        first, n = pairs[..., ::2], pairs[..., 1::2]
        assert first.min() == 0 and n.min() >= 1
        assert (first + (n + rim) ** 2).max() == len(texels)  # the last tile ends where the pool does
        assert (texels[: tiling.EMPTY_TEXELS] == 0.0).all()
    assert main_scene.stage.texels == len(fine) + len(past)
    empty = cells[..., 0] == 0
    assert (cells[empty][:, 1] == 1).all() and (~empty).any()


def chessboard(wanted):
    i, j = np.nonzero(wanted)
    a, b = np.indices(wanted.shape)
    return np.maximum(np.abs(a[..., None] - i), np.abs(b[..., None] - j)).min(axis=-1)


@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.003, 0.2))
def test_distances_in_the_table_are_those_counted_one_by_one(seed, share):
    random = np.random.default_rng(seed)
    grid = tiling.Grid(-7, 11, 30, 24)
    lit = random.random((grid.rows, grid.columns)) < share
    lit[random.integers(grid.rows), random.integers(grid.columns)] = True
    row, column = np.nonzero(lit)
    along = np.where(random.random(len(row)) < 0.5, 16, tiling.COARSE)
    along[0] = 16
    cells = np.column_stack([column + grid.first_column, row + grid.first_row])
    tiles = tiling.lay_tiles(np.tile(cells, (2, 1)), np.concatenate([along, tiling.texels_high(along)]))
    memory = tiling.lay_tiles(cells, np.maximum(along // 2, tiling.COARSE))
    table = tiling.cell_table(grid, *tiling.halves(tiles), memory)
    fine = np.zeros_like(lit)
    fine[row, column] = along == 16
    np.testing.assert_array_equal(table[..., 6], np.minimum(chessboard(lit), tiling.FARTHEST_CELLS))
    np.testing.assert_array_equal(table[..., 7], np.minimum(chessboard(fine), tiling.FARTHEST_CELLS))
    low, high = tiling.halves(tiles)
    for k, some in enumerate((low, high, memory)):
        np.testing.assert_array_equal(table[row, column, 2 * k], some.first)
        np.testing.assert_array_equal(table[row, column, 2 * k + 1], some.texels_along)
        assert (table[~lit][:, 2 * k : 2 * k + 2] == [0, 1]).all()


@given(seed=st.integers(0, 2**32 - 1), share=st.sampled_from([0.0, 1e-4, 0.003]))
def test_thin_arcs_are_as_far_as_counted_one_by_one(seed, share):
    random = np.random.default_rng(seed)
    grid, sub = tiling.Grid(-3, 5, 6, 4), tiling.SUBCELLS
    cells = np.array([(column - 3, row + 5) for row in range(4) for column in range(6)])
    cells = np.tile(cells[random.permutation(24)[:17]], (2, 1))  # twice: the second half is not asked for
    tiles = tiling.lay_tiles(cells, random.choice([tiling.COARSE, tiling.CARPET, 8, 16, 64], len(cells)))
    thin, low = np.where(random.random(tiles.total) < share, 1.0, 0.0), tiling.halves(tiles)[0]
    lit = np.zeros((4 * sub, 6 * sub), bool)
    for (column, row), n, first in zip(low.cells, low.texels_along, low.first, strict=True):
        tile = thin[first : first + (n + tiling.RIM) ** 2].reshape(n + tiling.RIM, -1)[1 : n + 1, 1 : n + 1]
        if n >= sub:
            y, x = np.argwhere(tile > 0.5).T // (n // sub)
            lit[sub * (row - 5) + y, sub * (column + 3) + x] = True
    found = tiling.to_thin_arcs(grid, low, thin, 0.5)
    far = np.full(lit.shape, tiling.FARTHEST_SUBCELLS)
    np.testing.assert_array_equal(found, np.minimum(chessboard(lit), far) if lit.any() else far)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 40))
def test_the_memory_has_a_past_beside_thin_arcs(seed, count):
    random = np.random.default_rng(seed)
    cells = np.array([(column, row) for column in range(-4, 5) for row in range(90, 98)])[
        random.permutation(72)[:count]
    ]
    along = random.choice([tiling.COARSE, tiling.CARPET, 8, 64], count, p=[0.6, 0.3, 0.05, 0.05])
    near = footprint_map.afterglow_tiles(tiling.lay_tiles(cells, along))[1]
    thin = cells[along > tiling.CARPET]
    assert near.tolist() == [(np.abs(thin - cell).max(axis=1) <= 1).any() for cell in cells]


@given(along=st.lists(st.sampled_from([2, 4, 8, 16, 64]), min_size=1, max_size=20))
def test_tiles_fill_the_pool_without_gap_or_overlap(along):
    cells = np.column_stack([np.arange(len(along)), np.zeros(len(along), int)])
    tiles = tiling.lay_tiles(cells, np.array(along))
    taken = np.concatenate([np.arange(f, f + (n + tiling.RIM) ** 2) for f, n in zip(tiles.first, along, strict=True)])
    np.testing.assert_array_equal(taken, np.arange(tiling.EMPTY_TEXELS, tiles.total))
    rows = tiles.device_rows()
    assert len(np.unique(rows, axis=0)) == len(rows) == sum(n + tiling.RIM for n in along)
    assert (rows[:, 1] < np.array(along)[rows[:, 0]] + tiling.RIM).all()


@given(pixel_km=st.floats(1e-3, 50.0), column=st.integers(-150, 150), row=st.integers(-150, 150))
def test_texels_follow_the_pixel_on_the_ground(pixel_km, column, row):
    cell = np.array([[column, row]])
    n = int(tiling.texels_for(pixel_km, cell)[0])
    assert n & (n - 1) == 0 and 2 * tiling.COARSE <= n <= tiling.FINEST
    coarser = int(tiling.texels_for(2.0 * pixel_km, cell)[0])
    assert coarser == max(n // 2, 2 * tiling.COARSE) or n == tiling.FINEST
    if 2 * tiling.COARSE < n < tiling.FINEST:
        texel_km = tiling.CELL_KM / n / float(tiling.plane_scale(cell)[0])
        assert tiling.TEXELS_PER_PIXEL / np.sqrt(2.0) < pixel_km / texel_km * 1.001
        assert pixel_km / texel_km < np.sqrt(2.0) * tiling.TEXELS_PER_PIXEL * 1.001


def mean_flux(builder, cells, along):
    """Return the mean of hard and soft energy flux over cells, mW m-2, of maps with `along` texels per cell."""
    side = along + tiling.RIM
    tiles = tiling.lay_tiles(cells, np.full(len(cells), along))
    texels = builder.build(tiles).values.to_numpy()[tiling.EMPTY_TEXELS :].reshape(len(cells), side, side, 3)
    inside = np.ones(side)  # what the quadratic B-spline of each texel, -1 to n + 1, has within the cell
    for k, outside in enumerate((47.0 / 48.0, 0.5, 1.0 / 48.0)):
        inside[k] -= outside
        inside[-1 - k] -= outside
    return np.einsum("i,j,tijc->c", inside, inside, texels.astype(float)[..., 1:]) / (len(cells) * along**2)


def test_energy_is_the_same_at_every_level_of_detail(main_scene):
    # A coarser map smears arcs over its texel and leaves out what it cannot hold; it must not make or lose electrons.
    scene, moment, around = main_scene.scene, main_scene.moment, main_scene.around
    local_time = magnetic_local_time_h(around.longitude_deg, moment.epoch) + scene.aurora.local_time_shift_h
    x, y = magnetic_xy(around.latitude_deg, local_time)
    series = drive_function(scene.drive, scene.time.epoch)(np.zeros(1))
    curtains = curtain.curtains_at(scene.aurora, series, np.zeros(1), float(x.min()), float(x.max()))
    place = Place(around.window, np.stack([x, y], axis=-1), around.hemisphere, (4900.0, 9900.0))
    builder = MapBuilder(scene.aurora, curtains, place, present_only(1), 0.0)
    table = main_scene.stage.maps.cells.to_numpy()
    first = main_scene.stage.axes.cells
    rows, columns = np.nonzero(table[..., 1] > tiling.COARSE)
    cells = np.column_stack([columns + int(first[0]), rows + int(first[1])])
    hard8, soft8 = mean_flux(builder, cells, 8)
    hard32, soft32 = mean_flux(builder, cells, 32)
    assert hard32 > 1.0
    assert hard8 == pytest.approx(hard32, rel=FLUX_KEPT)
    assert soft8 == pytest.approx(soft32, rel=SOFT_KEPT)


def test_a_quiet_night_seen_southward_has_no_map(main_scene):
    m = main_scene
    quiet = m.scene.aurora.model_copy(update={"groups": ()})
    down = replace(m.camera, itrs_from_camera=horizon_attitude(m.position_km, 180.0, -60.0))
    start("cpu")
    table = oval_emission(m.scene)[0]
    arguments = (m.scene.emission, table, down, m.position_km, m.moment.turn_rad_s, m.sun)

    def map_at(kp):
        def steady(times):
            return DriveSeries.steady(kp, len(times))

        return aurora.prepare_aurora(AuroraInstant(quiet, steady, m.around, m.moment.epoch, 0.0), *arguments)

    assert map_at(0.0) is None
    assert map_at(9.0) is not None
