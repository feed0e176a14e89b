"""Afterglow in the picture: the memory is the weighted sum of past footprints, keeps no state, and blurs red light."""

from dataclasses import replace
from unittest import mock

import numpy as np
import pytest

from render import device as devices
from render import load_scene
from render.core import geodesy
from render.core.lines import AURORA_KEYS, LINE_KEYS, PROMPT_KEYS, SLOW_KEYS, TIED
from render.emission import afterglow
from render.geophysics.field.geomagnetic import magnetic_local_time_h
from render.geophysics.field.magnetic_coordinates import magnetic_xy
from render.geophysics.forms import curtain
from render.geophysics.forms.drive_series import drive_function
from render.integrator.aurora import footprint_map
from render.integrator.aurora import tiles as tiling
from render.integrator.aurora.tile_builder import Instants, MapBuilder, Place, afterglow_instants
from shaders.aurora import emission as device_aurora
from tests import probes
from tests.devices import EVERY, start_or_skip
from tests.integrator.conftest import NO_LAYERS, plane, sharpness, staged, without_afterglow
from tests.marching import marched, with_arrays
from tests.small import through_lens

CPU = ("cpu", "single")
SIZE = (64, 36)
LENS_MM = 50.0  # on the devices that are compared: the middle of the scene, a third of its maps
LATER_S = 90.0
SUMMED = 2e-5  # of a sum of sixteen footprints in single precision
ROUNDED = 1e-5  # of a mixture's sum: its coefficients, of order one, add up to 1
FAINT_R = 1.0  # R: what samples left out as too faint, now or then, would give
LAG = 0.003  # of a line's maximum: afterglow moves light by more
# Without afterglow the memory's energies are still those of its ages' mean: of a line's maximum, and of its total
ENERGIES, ENERGIES_TOTAL = 0.07, 0.02  # sunlit ions 5 and 1.7 %, atoms and O+ 1.6 and 0.4 %
CONSERVED = 0.03  # of a slow line over the frame: 520.0 loses 2.4 %, 630.0 less, to arcs blurred out of the map
ABOVE_AIR_KM = 100.0  # km: rays that stay above it are dimmed by less than
THIN = 1e-4  # (3e-5)
LIMB_KM = 1.0 / 7.0  # inverse of `aurora.LIMB_EDGE_KM`
SCREENING_KM = 30.0
SUNLIGHT = 2e-3  # of full sunlight: altitudes in single precision are right to a few metres


@pytest.fixture(scope="module", params=EVERY)
def device(request):
    """Start each device in turn; what is staged on it goes with it, so that every test here takes this one."""
    start_or_skip(*request.param)
    return request.param


@pytest.fixture(scope="module")
def arc(device):
    """Return the quiet arc, small."""
    scene = load_scene("quiet_arc")
    return staged(SIZE, scene=scene if device == CPU else through_lens(scene, LENS_MM), device=device)


on_cpu = pytest.mark.parametrize("device", [CPU], ids=["cpu-single"], indirect=True, scope="module")  # map after map


def test_shaders_and_catalogue_count_the_same_lines():
    assert len(PROMPT_KEYS) == device_aurora.PROMPT_LINES
    assert len(SLOW_KEYS) == device_aurora.SLOW_LINES
    assert len(TIED) == device_aurora.TIED_LINES
    assert tuple(LINE_KEYS[: len(AURORA_KEYS) + len(TIED)]) == (*PROMPT_KEYS, *SLOW_KEYS, *TIED)
    assert tuple(AURORA_KEYS.index(parent) for parent, _ in TIED.values()) == device_aurora.PARENT
    assert PROMPT_KEYS.index("557.7") == device_aurora.GREEN
    assert SLOW_KEYS.index("N2+_1NG_sunlit") == device_aurora.SUNLIT
    assert len(afterglow.FILTERS_S) == device_aurora.FILTERS
    assert len(PROMPT_KEYS) == device_aurora.GREEN_COLUMN
    assert (*range(len(AURORA_KEYS)), *device_aurora.PARENT) == device_aurora.SOURCE


@on_cpu
def test_tables_and_texels_are_as_wide_as_the_shaders_read(arc):
    maps, tables = arc.stage.maps, arc.stage.tables
    cells, fine, table, past, memory = (
        array.to_numpy() for array in (maps.cells, maps.texels, tables.table, maps.past, tables.memory)
    )
    assert cells.shape[-1] == 8
    assert fine.shape[1] == device_aurora.FINE_VALUES >= device_aurora.FINE_SHARE + 1 == 2 + 2 * 2
    assert past.shape[1] == device_aurora.PAST_VALUES >= device_aurora.PAST_SHARE + 1 == 2 + 2 * device_aurora.FILTERS
    assert table.shape[-1] == device_aurora.GREEN_COLUMN + 1
    assert memory.shape[-1] == device_aurora.SLOW_LINES * device_aurora.FILTERS


def one_age(arc, age, blur, tiles):
    """Return texels [texel, 3] of tiles from the footprint at one age: ln energy, hard and soft flux."""
    scene, around = arc.scene, arc.around
    local_time = magnetic_local_time_h(around.longitude_deg, arc.moment.epoch) + scene.aurora.local_time_shift_h
    x, y = magnetic_xy(around.latitude_deg, local_time)
    reach, times = (float(x.min()), float(x.max())), np.array([arc.moment.time_s - age])
    series = drive_function(scene.drive, scene.time.epoch)(times)
    curtains = curtain.curtains_at(scene.aurora, series, times, *reach, spacing_km=curtain.AFTERGLOW_SPACING_KM)
    place = Place(around.window, np.stack([x, y], axis=-1), around.hemisphere, (4900.0, 9900.0))
    instants = Instants(np.array([[age, blur, 0.0]]), np.ones((1, 1)))
    builder = MapBuilder(scene.aurora, curtains, place, instants, arc.moment.time_s)
    return builder.build(tiles).values.to_numpy().astype(float)[tiling.EMPTY_TEXELS :]


def test_the_memory_is_the_weighted_sum_of_past_footprints(arc):
    cells, pool = arc.stage.maps.cells.to_numpy(), arc.stage.maps.past.to_numpy().astype(float)
    n = cells[..., device_aurora.PAST]
    finest = np.argwhere(n == n.max())  # those have a past
    side = int(n.max()) + tiling.MEMORY_RIM
    ages_s = afterglow.FEW_AGES_S if n.max() < footprint_map.LONG_MEMORY_TEXELS else afterglow.AGES_S
    flux = [pool[f : f + side**2, 1].max() for f in cells[*finest.T, device_aurora.PAST - 1]]
    row, column = finest[np.argsort(flux)[-3:]].T
    first_column, first_row, _, _ = arc.stage.axes.cells
    listed = np.column_stack([column + int(first_column), row + int(first_row)])
    tiles = tiling.lay_tiles(listed, n[row, column], tiling.MEMORY_RIM)
    weights, filters = afterglow.age_weights(ages_s), device_aurora.FILTERS
    assert weights.sum(axis=0) == pytest.approx(np.ones(filters))
    ages = np.stack([one_age(arc, age, blur, tiles) for age, blur, _ in afterglow_instants(ages_s).ages])
    hard, soft = (np.einsum("am,at->tm", weights, ages[..., k]) for k in (1, 2))
    total = weights.sum(axis=1)[:, None] * ages[..., 1]
    energy = (total * ages[..., 0]).sum(axis=0) / total.sum(axis=0)
    first = cells[row, column, device_aurora.PAST - 1]
    found = np.concatenate([pool[f : f + side**2] for f in first])
    assert hard.max() > 1.0 and soft.max() > 0.1 and np.ptp(hard, axis=1).max() > 1.0  # the arcs have moved
    np.testing.assert_allclose(found[:, 1 : 1 + filters], hard, rtol=SUMMED, atol=SUMMED * hard.max())
    np.testing.assert_allclose(found[:, 1 + filters : 1 + 2 * filters], soft, rtol=SUMMED, atol=SUMMED * soft.max())
    np.testing.assert_allclose(found[:, 0], energy, atol=1e-4)


@on_cpu
def test_far_from_thin_arcs_the_memory_is_the_glow_of_now(arc):
    cells, pool = arc.stage.maps.cells.to_numpy(), arc.stage.maps.past.to_numpy()
    smooth = (cells[..., device_aurora.SMOOTH] > 1) & (cells[..., device_aurora.EMPTY] == 0)
    first = cells[smooth][:, device_aurora.PAST - 1]
    side = tiling.COARSE + tiling.MEMORY_RIM
    tiles = np.stack([pool[f : f + side**2].reshape(side, side, -1) for f in first[::50]])
    texels = tiles[:, : tiling.COARSE, : tiling.COARSE].reshape(-1, pool.shape[-1])  # a rim is its neighbour's
    assert texels[:, 1].max() > 0.0
    for m in range(1, device_aurora.FILTERS):
        np.testing.assert_array_equal(texels[:, 1 + m], texels[:, 1])


@on_cpu
def test_the_map_of_an_instant_does_not_know_what_was_staged_before(arc, device):
    maps = arc.stage.maps.texels.to_numpy(), arc.stage.maps.past.to_numpy()
    later = staged(SIZE, LATER_S, load_scene("quiet_arc"), device)
    assert later.stage.texels != arc.stage.texels or not np.array_equal(later.stage.maps.past.to_numpy(), maps[1])
    again = staged(SIZE, scene=load_scene("quiet_arc"), device=device)
    for found, before in zip((again.stage.maps.texels, again.stage.maps.past), maps, strict=True):
        np.testing.assert_array_equal(found.to_numpy(), before)


@on_cpu
def test_without_afterglow_light_follows_the_footprint_of_now(arc, device):
    off = staged(SIZE, scene=without_afterglow(arc.scene), device=device)
    prompt = off.march(off.stage)
    only_now = np.ones((1, device_aurora.FILTERS))
    with (
        mock.patch.object(
            footprint_map, "afterglow_instants", lambda _: Instants(afterglow_instants().ages[:1], only_now)
        ),
    ):
        now = staged(SIZE, scene=arc.scene, device=device)
    fine = now.stage.maps.texels.to_numpy()
    fine[:, 2], fine[:, 4] = fine[:, 1], fine[:, 3]  # then as now
    expected = now.march(with_arrays(now.stage, texels=fine))
    for key in PROMPT_KEYS:
        np.testing.assert_allclose(plane(prompt, key), plane(expected, key), rtol=1e-6, atol=FAINT_R)
    for key in SLOW_KEYS:
        one, other = plane(prompt, key), plane(expected, key)
        assert np.abs(one - other).max() < ENERGIES * other.max()
        assert one.sum() == pytest.approx(other.sum(), rel=ENERGIES_TOTAL)
    with mock.patch.object(footprint_map, "LAGLESS", 0):  # texels of a small picture are too coarse to show the lag
        with_it = staged(SIZE, scene=arc.scene, device=device)
    with_it = with_it.march(with_it.stage)
    for key in PROMPT_KEYS:
        lags = np.abs(plane(with_it, key) - plane(prompt, key)).max() / plane(prompt, key).max()
        assert (lags > LAG) == (key == "557.7")
    for key in SLOW_KEYS[:-1]:
        assert np.abs(plane(with_it, key) - plane(prompt, key)).max() > LAG * plane(prompt, key).max()


@on_cpu
def test_afterglow_of_an_aurora_that_stands_still_blurs_it_and_keeps_its_light(arc, device):
    past = afterglow_instants()
    still = Instants(past.ages * [0.0, 1.0, 0.0], past.weights)  # the footprint of now at every age, blurred
    with mock.patch.object(footprint_map, "afterglow_instants", lambda _: still):
        blurred = staged(SIZE, scene=arc.scene, device=device)
    with mock.patch.object(footprint_map, "afterglow_instants", lambda _: Instants(0.0 * past.ages, past.weights)):
        sharp = staged(SIZE, scene=arc.scene, device=device)
    one, other = blurred.march(blurred.stage), sharp.march(sharp.stage)
    for key in SLOW_KEYS:
        assert plane(one, key).sum() == pytest.approx(plane(other, key).sum(), rel=CONSERVED)
    ratio = {key: sharpness(plane(one, key)) / sharpness(plane(other, key)) for key in SLOW_KEYS}
    assert ratio["520.0"] < 0.985 and ratio["630.0"] < 0.999 and ratio["732"] < 1.01, ratio  # 0.979, 0.997, 1.001


def test_tied_lines_are_a_constant_share_of_their_parent(arc):
    clear = np.column_stack([np.ones((2, len(LINE_KEYS))), np.zeros(2)])
    view = arc.camera, arc.position_km, 0, arc.camera.rows
    seen = marched(arc.stage, NO_LAYERS, clear, *view).astype(float)
    through_air = arc.march(arc.stage)
    lowest = geodesy.tangent_point(arc.position_km, arc.camera.ray_directions())[1]
    above = lowest > ABOVE_AIR_KM
    assert above.any() and not above.all()
    for key, (parent, share) in TIED.items():
        assert plane(seen, parent).max() > 100.0
        np.testing.assert_allclose(plane(seen, key), share * plane(seen, parent), rtol=1e-6)
        np.testing.assert_allclose(plane(through_air, key)[above], share * plane(through_air, parent)[above], rtol=THIN)
    assert plane(seen, "H-beta").max() == 0.0
    ratios = np.array([share for _, share in TIED.values()])
    ratios[-1] = 0.05
    proton = with_arrays(arc.stage, tied=ratios)
    found = marched(proton, NO_LAYERS, clear, *view)
    np.testing.assert_allclose(plane(found, "H-beta"), 0.05 * plane(found, "N2+_1NG"), rtol=1e-6)


def sun_at(arc, azimuth_deg, elevation_deg):
    """Return the unit vector towards a Sun that stands there, seen by the observer."""
    latitude, longitude, _ = geodesy.geodetic_from_itrs(arc.position_km)
    a, e = np.radians(azimuth_deg), np.radians(elevation_deg)
    east_north_up = np.array([np.sin(a) * np.cos(e), np.cos(a) * np.cos(e), np.sin(e)])
    return geodesy.itrs_from_local(float(latitude), float(longitude)) @ east_north_up


def towards_sun(direction):
    """Return a Sun in this direction as the march takes it."""
    return devices.record(device_aurora.Sunlight, direction=direction, screening_km=SCREENING_KM, sharpness=LIMB_KM)


def test_ions_shine_where_the_sun_reaches_them(arc, device):
    forward = arc.camera.itrs_from_camera[:, 2]
    latitude, longitude, _ = geodesy.geodetic_from_itrs(arc.position_km)
    east, north, _ = geodesy.itrs_from_local(float(latitude), float(longitude)).T @ forward
    ahead = float(np.degrees(np.arctan2(east, north)))
    behind = sun_at(arc, ahead + 180.0, -40.0)  # so that it stands lower still where the camera looks
    dark = staged(SIZE, scene=arc.scene, device=device, sun_itrs=behind)
    np.testing.assert_allclose(dark.stage.sun.to_dict()["direction"], behind, rtol=1e-6)
    pictures = [dark.march(dark.stage)]
    for elevation in (-12.0, 60.0):
        sun = towards_sun(sun_at(arc, ahead, elevation))
        pictures.append(dark.march(replace(dark.stage, sun=sun)))
    night, dawn, day = (plane(picture, "N2+_1NG_sunlit") for picture in pictures)
    assert night.max() < 1e-12
    assert (night <= dawn).all() and (dawn <= day * (1.0 + 1e-5)).all()
    lowest = geodesy.tangent_point(arc.position_km, arc.camera.ray_directions())[1]
    high = (lowest > 200.0) & (day > 10.0)
    assert high.any()
    assert (dawn[high] > 0.5 * day[high]).all()
    for key in AURORA_KEYS[:-1]:  # no other line knows of the Sun
        np.testing.assert_allclose(plane(pictures[2], key), plane(pictures[0], key), rtol=1e-3, atol=1.5)


def test_sunlight_is_full_half_and_none(device):
    place = 48.0, -84.0
    altitude = np.linspace(50.0, 1500.0, 400)
    points = geodesy.itrs_from_geodetic(np.full(400, place[0]), np.full(400, place[1]), altitude)
    local = geodesy.itrs_from_local(*place)

    def sunlight(elevation_deg, points):
        e = np.radians(elevation_deg)
        towards = local @ np.array([np.cos(e), 0.0, np.sin(e)])
        out = np.zeros(len(points), np.float64 if device[1] == "double" else np.float32)
        probes.sunlight_at(np.ascontiguousarray(points, out.dtype), towards_sun(towards), out)
        return out.astype(float), geodesy.tangent_point(points, towards)[1]

    assert (sunlight(5.0, points)[0] == 1.0).all()
    found, tangent = sunlight(-25.0, points)
    assert tangent.min() < -100.0 and tangent.max() > 100.0
    depth = np.clip((SCREENING_KM - tangent) * LIMB_KM, -20.0, 5.0)
    np.testing.assert_allclose(found, np.exp(-np.log(2.0) * np.exp(depth)), atol=SUNLIGHT)
    assert np.interp(SCREENING_KM, tangent, found) == pytest.approx(0.5, abs=0.01)
    assert found[tangent < 0.0].max() < 1e-6
    assert found[tangent > 100.0].min() > 0.99
    assert (np.diff(tangent) > 0.0).all() and (np.diff(found) >= 0.0).all()
