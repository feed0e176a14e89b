"""City light on the device: words, levels, footprints and laws, against the host and closed forms."""

import numpy as np
import pytest
import taichi as ti
import taichi.math as tm

from render import device
from render.core.geodesy import itrs_from_geodetic, itrs_from_local
from render.earth.lights import grid as light_grid
from render.earth.lights.grid import BLOCK, CELL_KM, CELLS_PER_DEGREE, PATCH, Of, Region, assembled, decoded, detail_of
from render.earth.lights.lamps import garstang_law
from shaders.ground import city_lights as shader
from tests import devices

REGION = Region(440, 350, 3, 4)  # about 40 north, 76 west
CORNER = REGION.row * BLOCK / CELLS_PER_DEGREE - 90.0, REGION.column * BLOCK / CELLS_PER_DEGREE - 180.0
CODE = 2.0e-4  # relative, half a step of the logarithm, and its mean over many


@pytest.fixture(scope="module")
def raster():
    """Return a raster whose cells, [192, 256], are random in its middle; and these cells, sodium + i white."""
    rng = np.random.default_rng(5)
    rows, columns = REGION.cells
    cells = (np.exp(rng.normal(3.0, 1.2, (rows, columns))) * (1.0 + 0.5j)).astype(np.complex64)
    cells[:24], cells[-24:], cells[:, :24], cells[:, -24:] = 0.0, 0.0, 0.0, 0.0
    by_patch = cells.reshape(rows // PATCH, PATCH, columns // PATCH, PATCH).swapaxes(1, 2)
    plain = by_patch.mean(axis=(2, 3)).astype(np.complex64)
    patch = np.flatnonzero(plain.ravel())
    fine = by_patch.reshape(-1, PATCH, PATCH)[patch]
    halo = (0.1 * plain).astype(np.complex64)
    return assembled(REGION, detail_of(patch, (fine.real, fine.imag)), plain, halo, 2 * halo), cells


def staged(found):
    return device.upload_pack(shader.Raster, index=found.index, words=found.words)


def record(upward=0.0, pixel=1e-3, moving=0):
    return device.record(
        shader.Grid, row=REGION.row, column=REGION.column, moving=moving, pixel=pixel, upward=upward
    )  # fmt: skip


@ti.kernel
def levels_at(level: float, places: ti.types.ndarray(), raster: shader.Raster, out: ti.types.ndarray()):
    for i in range(places.shape[0]):
        found = shader.raster_value(level, tm.vec2(places[i, 0], places[i, 1]), raster)
        out[i, 0], out[i, 1] = found.x, found.y


@ti.kernel
def angles_of(places: ti.types.ndarray(), out: ti.types.ndarray()):
    for i in range(places.shape[0]):
        out[i] = shader.angle_of(places[i, 0], places[i, 1])


@ti.kernel
def cities_at(
    places: ti.types.ndarray(), sight: ti.types.ndarray(), way: ti.types.ndarray(), width: float, veil: tm.vec2,
    grid: shader.Grid, raster: shader.Raster, out: ti.types.ndarray(),
):  # fmt: skip
    for i in range(places.shape[0]):
        p = tm.vec3(places[i, 0], places[i, 1], places[i, 2])
        along = tm.vec3(sight[i, 0], sight[i, 1], sight[i, 2])
        moved = tm.vec3(way[i, 0], way[i, 1], way[i, 2])
        found = shader.city_light(p, along, moved, width, veil, grid, raster)
        for k in ti.static(range(4)):
            out[i, k] = found[k]


def on_device(kernel, *arguments, shape):
    out = np.zeros(shape, np.float32)
    kernel(*arguments, out)
    return out


def seen(raster, latitude, longitude, zenith_deg=0.0, width=0.5, way_km=(0.0, 0.0), veil=(1.0, 1.0), upward=0.0):
    """Return [n, 4] of places in degrees, looked at from the south at a zenith angle."""
    places = itrs_from_geodetic(latitude, longitude, 0.0)
    axes = itrs_from_local(latitude, longitude)
    z = np.radians(zenith_deg)
    sight = np.sin(z) * axes[..., 1] - np.cos(z) * axes[..., 2]
    moved = way_km[0] * axes[..., 0] + way_km[1] * axes[..., 1]
    arrays = (np.ascontiguousarray(a, np.float32) for a in (places, sight, moved))
    return on_device(
        cities_at,
        *arrays,
        width,
        ti.math.vec2(*veil),
        record(upward, moving=int(any(way_km))),
        staged(raster),
        shape=(len(latitude), 4),
    )


def lattice(step_km, margin_deg=0.25):
    """Return latitudes and longitudes, flat, of a lattice of squares over the lit middle."""
    high, wide = (n / CELLS_PER_DEGREE for n in REGION.cells)
    down = step_km / (CELL_KM * CELLS_PER_DEGREE)
    latitude = np.arange(CORNER[0] + margin_deg, CORNER[0] + high - margin_deg, down)
    across = down / np.cos(np.radians(CORNER[0]))
    longitude = np.arange(CORNER[1] + margin_deg, CORNER[1] + wide - margin_deg, across)
    return (a.ravel() for a in np.meshgrid(latitude, longitude, indexing="ij"))


def test_constants_are_those_of_the_grid():
    assert pytest.approx(CELLS_PER_DEGREE * 180.0 / np.pi) == shader.CELLS_PER_RAD
    assert shader.AROUND == 360 * CELLS_PER_DEGREE and pytest.approx(CELL_KM, abs=1e-6) == shader.CELL_KM
    assert (shader.LEAST, shader.STEP) == (light_grid.LEAST, light_grid.STEP)
    assert (2**shader.PATCH_LEVEL, 2**shader.BLOCK_LEVEL) == (PATCH, BLOCK)
    names = ("LEVEL_3", "LEVEL_4", "LEVEL_5", "LEVEL_6", "GROUND_HALO", "AIR_HALO")
    assert [getattr(shader, name) for name in names] == [getattr(Of, name) for name in names]


@pytest.mark.parametrize("on", devices.EVERY)
@pytest.mark.parametrize("level", range(7))
def test_every_level_holds_the_means_of_its_cells(raster, on, level):
    devices.start_or_skip(*on)
    found, cells = raster
    side = 2**level
    rows, columns = (n // side for n in REGION.cells)
    means = cells.reshape(rows, side, columns, side).mean(axis=(1, 3)).ravel()
    i, j = (a.ravel() for a in np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij"))
    centres = side * (np.stack([i, j], -1) + 0.5).astype(np.float32)
    out = on_device(levels_at, float(level), centres, staged(found), shape=(len(i), 2))
    scale = cells.real.mean()
    np.testing.assert_allclose(out[:, 0], means.real, rtol=2 * CODE, atol=2 * CODE * scale)
    np.testing.assert_allclose(out[:, 1], means.imag, rtol=2 * CODE, atol=2 * CODE * scale)


@pytest.mark.parametrize("on", devices.EVERY)
def test_angles_are_exact_on_every_device(on):
    devices.start_or_skip(*on)
    angle = np.linspace(-3.14, 3.14, 2001)
    places = np.stack([3000.0 * np.sin(angle), 3000.0 * np.cos(angle)], -1).astype(np.float32)
    out = on_device(angles_of, places, shape=len(angle))
    exact = np.arctan2(places[:, 0].astype(float), places[:, 1].astype(float))
    assert np.abs(out - exact).max() < 5e-7  # 3 m


def test_beyond_the_region_and_where_nothing_is_lit_it_is_dark(raster):
    devices.start_or_skip("cpu")
    places = np.array([[-3.0, 50.0], [50.0, -900.0], [1e4, 50.0], [60.0, 5e4], [2.0, 2.0]], np.float32)
    assert not on_device(levels_at, 0.0, places, staged(raster[0]), shape=(5, 2)).any()


@pytest.mark.parametrize("zenith_deg", [0.0, 60.0, 80.0])
def test_pictures_of_two_sizes_have_the_same_mean(raster, zenith_deg):
    devices.start_or_skip("cpu")
    means = []
    for width in (0.3, 1.1, 2.2, 4.4):
        latitude, longitude = lattice(min(width, 1.1))
        light = seen(raster[0], latitude, longitude, zenith_deg, width)[:, 0]
        means.append(light.mean())
    assert np.ptp(means) < 0.01 * np.mean(means)


def test_a_way_while_the_shutter_is_open_smears_and_keeps_the_light(raster):
    devices.start_or_skip("cpu")
    latitude, longitude = lattice(0.5)
    still, moved = (seen(raster[0], latitude, longitude, width=0.5, way_km=w)[:, 0] for w in ((0, 0), (4.0, 0)))
    assert moved.mean() == pytest.approx(still.mean(), rel=0.01)
    assert moved.std() < 0.6 * still.std()


def test_towards_the_horizon_lamps_follow_garstang_s_law(raster):
    devices.start_or_skip("cpu")
    latitude, longitude = lattice(1.0)
    upward = float(garstang_law(0.0, 0.05) / (0.5 * np.pi) ** 4)
    for zenith in (30.0, 60.0, 75.0):
        mu = np.cos(np.radians(zenith))
        plain, lamps = (seen(raster[0], latitude, longitude, zenith, upward=u) for u in (0.0, upward))
        ground = plain[:, 2] * 0.5 / min(1.0 / mu, shader.THICKEST)  # half of the air's halo
        sharp = plain[:, 0] - ground
        ratio = (lamps[:, 0] - plain[:, 0] + sharp).sum() / sharp.sum()
        assert ratio == pytest.approx(float(garstang_law(mu, 0.05)) / mu, rel=2e-3)


def test_halos_are_what_was_put_in(raster):
    devices.start_or_skip("cpu")
    found, _ = raster
    index = found.index[1, 1]
    ground, air = (decoded(found.words[index + at + np.arange(64)]) for at in (Of.GROUND_HALO, Of.AIR_HALO))
    assert air == pytest.approx(2.0 * ground, rel=4 * CODE)
    latitude, longitude = (CORNER[k] + (BLOCK + 3.5 * PATCH) / CELLS_PER_DEGREE * np.ones(1) for k in (0, 1))
    light = seen(found, latitude, longitude)[0]
    assert light[2:] == pytest.approx(air[3 * PATCH + 3], rel=0.01)


def test_a_veil_of_cloud_keeps_the_light_and_blurs_it(raster):
    devices.start_or_skip("cpu")
    latitude, longitude = lattice(0.7)
    clear, veiled, hidden = (seen(raster[0], latitude, longitude, veil=v) for v in ((1, 1), (0, 0.5), (0, 0)))
    assert veiled[:, 0].mean() == pytest.approx(0.5 * clear[:, 0].mean(), rel=0.01)
    assert veiled[:, 0].std() / veiled[:, 0].mean() < 0.6 * clear[:, 0].std() / clear[:, 0].mean()
    assert not hidden.any()
