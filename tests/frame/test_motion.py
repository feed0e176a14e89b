"""Light is averaged along its way over the picture: in closed form, and as frames of many instants have it."""

import numpy as np
import pytest

from render import device as devices
from render.core.geodesy import shell_distances
from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.frame.foreground import add_station, station_lights
from render.frame.moment import moment_of
from render.frame.motion import motion_of
from render.frame.shutter import through_shutter, turned_with
from render.frame.stage import prepare
from render.integrator.motion import Ways, average, rows_around
from render.scene import load_scene
from tests.devices import EVERY, start_or_skip

SIZE = (192, 108)
INSTANTS = 8


@pytest.fixture(params=EVERY)
def every_device(request):
    yield start_or_skip(*request.param)
    start_or_skip("cpu")


def even(way, size=(41, 61), discs=()):
    nodes = np.broadcast_to(np.asarray(way, float), (8, 10, 2))
    return Ways(nodes, 8.0, np.array(discs, float).reshape(-1, 5))


def spread(way, discs=()):
    """Return what becomes of a single bright pixel in the middle of a picture of 41 x 61."""
    light = np.zeros((3, 41, 61), np.float32)
    light[1, 20, 30] = 1.0
    return average(light, even(way, discs=discs), 0, slice(0, 41))[1]


@pytest.mark.parametrize("way", [(0.5, 0.0), (1.4, 0.7), (3.0, 0.0), (6.5, 1.5), (0.0, -5.0), (-9.0, 9.0), (2.0, 12.0)])
def test_a_point_becomes_a_bar_of_its_way(way, every_device):
    """Light kept, centred; of an even bar's variance along the way, length^2/12; nowhere half a pixel beside it."""
    bar = spread(way)
    y, x = np.mgrid[-20:21, -30:31]
    along, across = (x, y) if abs(way[0]) >= abs(way[1]) else (y, x)  # steps stand on whole columns, or rows
    long, other = sorted(way, key=abs, reverse=True) if abs(way[0]) != abs(way[1]) else way
    slope = other / long
    assert bar.sum() == pytest.approx(1.0, abs=2e-6)
    assert abs((bar * along).sum()) < 1e-5
    assert (bar * along**2).sum() == pytest.approx(long**2 / 12.0, abs=0.012)  # linear between pixels
    assert np.abs(across - slope * along)[bar > 0.0].max() <= 0.5


def test_an_even_picture_stays_and_light_is_as_it_was_without_ways(every_device):
    light = np.full((2, 41, 61), 3.0, np.float32)
    np.testing.assert_allclose(average(light.copy(), even((7.0, 3.0)), 0, slice(5, 30)), 3.0, rtol=1e-6)
    np.testing.assert_array_equal(average(light, None, 0, slice(5, 30)), light[:, 5:30])


def test_a_disc_goes_its_own_way(every_device):
    """The Moon at the limb turns with the sky, not with the ground beneath it."""
    bar = spread((8.0, 0.0), discs=[(30.0, 20.0, 6.0, 0.0, 3.0)])
    assert bar[20, 30 + 1] == 0.0 and bar[18:23, 30].sum() == pytest.approx(1.0, abs=1e-6)


def test_rows_at_hand_are_those_of_the_whole_picture(every_device):
    light = np.random.default_rng(3).random((2, 41, 61)).astype(np.float32)
    nodes = np.random.default_rng(4).uniform(-5.0, 5.0, (8, 10, 2))
    ways = Ways(nodes, 8.0)
    whole = average(light.copy(), ways, 0, slice(0, 41))
    first, count, kept = rows_around(ways, 15, 9, 41)
    part = average(light[:, first : first + count].copy(), ways, first, kept)
    np.testing.assert_array_equal(part, whole[:, 15:24])


def scene_open_for(exposure_s, tracking, name="moonlit_clouds"):
    scene = load_scene(name)
    held = {"exposure_s": exposure_s, "tracking": tracking, "exposure": "manual"}
    return scene.model_copy(update={"camera": scene.camera.model_copy(update=held)})


def test_ground_moves_by_the_flight_and_the_sky_with_the_orbit():
    scene = scene_open_for(0.5, "stars", "iss030_e_102170")
    moment = moment_of(scene, scene.time.epoch, (1064, 708))
    motion = motion_of(scene, moment)
    opening, _, closing = through_shutter(scene, moment)
    row, column = 80, 60  # of nodes: on the ground
    away = moment.camera.directions_at(8.0 * column + 1.0, 8.0 * row + 1.0)
    place = moment.position_km + shell_distances(moment.position_km, away, 0.0)[0] * away
    x, y = zip(*(m.camera.project(place - m.position_km)[:2] for m in (opening, closing)), strict=True)
    assert motion.sky.nodes[row, column] == pytest.approx([x[1] - x[0], y[1] - y[0]], rel=0.03)
    assert np.hypot(*motion.sky.nodes[row, column]) > 4.0
    assert np.hypot(*motion.sky.nodes[0, column]) < 1e-3  # a camera that follows them
    velocity = moment.observer.velocity_km_s + 7.292115e-5 * np.cross([0.0, 0.0, 1.0], moment.position_km)
    pole = np.cross(moment.position_km, velocity) / np.linalg.norm(np.cross(moment.position_km, velocity))
    axis, (middle_row, middle_column) = moment.camera.itrs_from_camera[:, 2], (44, 66)
    turned = np.hypot(*motion.station.nodes[middle_row, middle_column])
    by_hand = np.linalg.norm(np.cross(pole, axis)) * 2.0 * np.pi / (92.7 * 60.0) * 0.5
    assert turned == pytest.approx(by_hand / abs(moment.camera.tangent_from_pixel[0, 0]), rel=0.05)


@pytest.mark.parametrize("name", ["angels_singing", "moonlit_clouds"])
def test_a_turn_of_the_map_is_nearly_all_of_the_aurora_s_way(name):
    """Of a camera held in the station it is the station's own, and of one among the stars all but a little of it."""
    moment = moment_of(load_scene(name), load_scene(name).time.epoch, (4256, 2832))
    held, free = (motion_of(scene_open_for(0.5, tracking, name), moment) for tracking in ("station", "stars"))
    assert held.aurora is None and held.station is None
    np.testing.assert_array_equal(held.turn_rad_s, moment.turn_rad_s)
    assert free.aurora.longest_px < 0.1 * held.sky.longest_px
    assert not np.allclose(free.turn_rad_s, held.turn_rad_s, rtol=0.03)


@pytest.mark.parametrize("tracking", ["station", "stars", "ground"])
def test_the_light_is_that_of_many_instants(tracking):
    """Against the mean of whole marches at INSTANTS moments of a long exposure; the middle alone is no match.

    What is left is the instants' own: they stand a pixel apart.
    """
    device = devices.start("cpu")
    open_s = 2.0
    long, short = scene_open_for(open_s, tracking), scene_open_for(1e-6, tracking)
    moment = moment_of(long, long.time.epoch, SIZE)
    found = prepare(long, moment, device).march()
    still = moment_of(short, short.time.epoch, SIZE)
    lights = []
    for i in range(INSTANTS):
        then = moment_of(short, moment.epoch.plus_seconds(((i + 0.5) / INSTANTS - 0.5) * open_s), SIZE)
        lights.append(prepare(short, turned_with(tracking, still, then), device).march())
    middle = prepare(short, still, device).march()
    for kind, most, gain in (("lines", 0.015, 1.25), ("sky", 0.08, 1.25)):
        reference = np.mean([getattr(light, kind).astype(float) for light in lights], axis=0)
        scale = np.maximum(reference, np.median(reference, axis=(1, 2), keepdims=True)) + 1e-30
        wrong, unmoved = (
            np.percentile(np.abs(getattr(light, kind) - reference) / scale, 95) for light in (found, middle)
        )
        assert wrong < most, kind
        assert unmoved > gain * wrong, kind


def seen_through(projection, size, tracking):
    scene = scene_open_for(0.5, tracking)
    camera = scene.camera.model_copy(update={"projection": projection, "focal_length_mm": 24.0})
    scene = scene.model_copy(update={"camera": camera})
    return motion_of(scene, moment_of(scene, scene.time.epoch, size))


@pytest.mark.parametrize(("projection", "size"), [("equirectangular", (960, 480)), ("cube", (960, 720))])
def test_no_way_leads_over_a_seam(projection, size):
    """Neighbours in the sky may lie far apart in a picture of all of it; nothing is smeared over what lies between."""
    plain = seen_through("rectilinear", (960, 540), "stars").turn_rad_s
    for tracking in ("station", "stars"):
        motion = seen_through(projection, size, tracking)
        assert motion.sky is None or motion.sky.longest_px < 30.0  # of the first at its poles
        assert motion.aurora is None or motion.aurora.longest_px < 3.0
        if tracking == "stars":
            assert np.linalg.norm(motion.turn_rad_s - plain) < 0.1 * np.linalg.norm(plain)


def test_a_long_exposure_blurs_all_the_more():
    """A picture without seams has ways of any length."""
    short, long = (scene_open_for(open_s, "station", "iss030_e_102170") for open_s in (0.5, 20.0))
    ways = [motion_of(scene, moment_of(scene, scene.time.epoch, (320, 212))).sky.nodes for scene in (short, long)]
    assert np.hypot(*ways[1][20, 20]) > 30.0 * np.hypot(*ways[0][20, 20])
    assert (np.hypot(*np.moveaxis(ways[1], -1, 0)) > 0.0).all()


def test_a_picture_that_closes_on_itself_closes_in_its_blur():
    light = np.zeros((1, 41, 61), np.float32)
    light[0, 20, 60] = 1.0
    closed = Ways(even((8.0, 0.0)).nodes, 8.0, closed=True)
    found = average(light, closed, 0, slice(0, 41))[0]
    assert found[20, 2] > 0.1 and found.sum() == pytest.approx(1.0, abs=1e-6)


def test_a_disc_that_earth_hides_has_no_way():
    """In the main scene the Sun is below the limb and the Moon in the picture; none that is switched off counts."""
    scene = scene_open_for(0.5, "station", "angels_singing")
    moment = moment_of(scene, scene.time.epoch, (1280, 720))
    dark = scene.model_copy(update={"sky": scene.sky.model_copy(update={"sun": False, "moon": False})})
    assert len(motion_of(scene, moment).sky.discs) <= 1
    assert len(motion_of(dark, moment).sky.discs) == 0


def test_the_station_blurs_where_the_camera_leaves_it():
    """Along an even way it covers what the mean of the shifted station does; some rows are those of the whole."""
    scene = scene_open_for(0.5, "stars", "iss030_e_130515")
    moment = moment_of(scene, scene.time.epoch, (128, 85))
    lines, sky = (np.ones((n, 85, 128), np.float32) for n in (2, len(SKY_WAVELENGTHS_NM)))
    lights = station_lights(scene, moment, np.zeros((len(LINE_KEYS), 85, 128), np.float32), sky)
    sharp, blurred = (lines.copy(), sky.copy()), (lines.copy(), sky.copy())
    add_station(scene, moment, *sharp, lights)
    way = Ways(np.broadcast_to([6.0, 0.0], (12, 17, 2)), 8.0)
    add_station(scene, moment, *blurred, lights, 0, way)
    assert 0.02 < (sharp[0] < 0.5).mean() < 0.9
    for one, other in zip(sharp, blurred, strict=True):
        np.testing.assert_allclose(other, average(one.copy(), way, 0, slice(0, 85)), rtol=1e-4, atol=1e-6)
    rows = (lines[:, 20:50].copy(), sky[:, 20:50].copy())
    add_station(scene, moment, *rows, lights, 20, way)
    np.testing.assert_array_equal(rows[0], blurred[0][:, 20:50])
