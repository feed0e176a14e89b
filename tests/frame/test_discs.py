"""Sun and Moon that shine into the lens: as bright as their discs in a picture, dimmed by what stands before them."""

from dataclasses import replace

import numpy as np
import pytest

from render import load_scene
from render.formats import taken
from render.frame import development, foreground
from render.frame.development import develop_frame, exposed
from render.frame.foreground import discs_of
from render.frame.moment import moment_of
from render.frame.sources import sun_of
from render.frame.stage import finish, prepare
from render.imaging.capture.discs import GLOW_POWER, GLOW_UM, VEIL_POWER, VEIL_UM, moffat
from render.integrator.station import station_cover
from render.integrator.surroundings import level_axes
from tests.devices import start_or_skip
from tests.small import changed

SIZE = (48, 27)
LIGHT, EDGE = 0.03, 0.1  # of a disc in pixels against its irradiance; of its glare, the fall-off over it included


pytestmark = pytest.mark.usefixtures("coarse_sky_of_module")


@pytest.fixture(scope="module")
def scene():
    """Return a scene of sky alone, in which the Sun is up."""
    scene = load_scene("angels_singing")
    scene = changed(scene, "camera", exposure="manual", focal_length_mm=85.0, f_number=1.4)
    scene = changed(changed(scene, "aurora", enabled=False), "airglow", enabled=False)
    scene = changed(changed(scene, "earth", visible=False), "station", visible=False)
    return changed(scene, "sky", stars=False, planets=False)


def towards(scene, aside_px=0.0, time_s=420.0, size=SIZE):
    """Return a moment whose camera has the Sun so many pixels to the right of its middle."""
    moment = moment_of(scene, scene.time.epoch.plus_seconds(time_s), size)
    sun = sun_of(moment).direction_itrs
    ahead, right, up = level_axes(moment.position_km, sun)
    axes = np.stack([-right, -up, ahead], axis=1)
    turn = -np.arctan(aside_px * moment.camera.tangent_from_pixel[0, 0])
    level = np.array([[np.cos(turn), 0.0, np.sin(turn)], [0.0, 1.0, 0.0], [-np.sin(turn), 0.0, np.cos(turn)]])
    tilt = np.arcsin(sun @ up)
    rise = np.array([[1.0, 0.0, 0.0], [0.0, np.cos(tilt), -np.sin(tilt)], [0.0, np.sin(tilt), np.cos(tilt)]])
    camera = replace(moment.camera, itrs_from_camera=axes @ rise @ level)
    return replace(moment, camera=camera)


def rendered(scene, moment):
    stage = prepare(scene, moment, start_or_skip("cpu"))
    return finish(stage, stage.march())


def test_a_disc_has_the_light_of_its_pixels(scene):
    """Against the picture's own disc: summed radiance, place and size, air above the limb let through."""
    moment = towards(scene, size=(96, 54))
    frame = rendered(scene, moment)
    (sun,) = (disc for disc in frame.discs if disc.light[9] > 1.0)
    plane = frame.sky.radiance[9].astype(float)
    assert plane.sum() == pytest.approx(sun.light[9], rel=LIGHT)
    y, x = np.mgrid[1:55, 1:97]
    assert [(x * plane).sum() / plane.sum(), (y * plane).sum() / plane.sum()] == pytest.approx([sun.x, sun.y], abs=0.2)
    pixel_rad = np.sqrt(moment.camera.solid_angle_at(sun.x, sun.y))
    assert sun.radius_px * pixel_rad == pytest.approx(sun_of(moment).angular_radius_rad, rel=0.02)


def test_the_light_goes_on_when_the_sun_leaves_the_frame(scene):
    """From the last pixels of the frame to beside it: by the law, and not all at once as without the disc."""
    for aside in (19.0, 23.0, 24.0, 24.5, 25.0, 29.0):
        frame = rendered(scene, towards(scene, aside))
        (sun,) = (disc for disc in frame.discs if disc.light[9] > 1.0)
        light = development._collected_disc(sun, frame.moment, scene).light[1]
        pitch_um = development._pitch_um(frame.camera)
        y, x = np.mgrid[1 : SIZE[1] + 1, 1 : SIZE[0] + 1]
        square = ((x - sun.x) ** 2 + (y - sun.y) ** 2) * pitch_um**2
        law = 0.03 * moffat(square, GLOW_UM, GLOW_POWER) + 0.007 * moffat(square, VEIL_UM, VEIL_POWER)
        part = np.s_[:, 4:16]
        glare = exposed(frame, scene).collected.electrons[1][part].mean()
        assert glare == pytest.approx((law * light * pitch_um**2)[part].mean(), rel=EDGE), aside
        dark = exposed(replace(frame, discs=()), scene).collected.electrons[1][part].mean()
        assert aside < 25.0 or dark < 0.05 * glare  # what was seen before: the light went out at once


def test_none_where_there_is_none(scene, monkeypatch):
    """Behind the camera, past the hood, at night, switched off, without a lens; and then no air is asked."""
    beside = towards(scene, 40.0)
    assert discs_of(scene, beside)
    monkeypatch.setattr(foreground, "_disc_of", None)
    sky = changed(scene, "sky", moon=False)
    turned = replace(beside.camera, itrs_from_camera=beside.camera.itrs_from_camera * [-1.0, 1.0, -1.0])
    assert discs_of(sky, replace(beside, camera=turned)) == ()
    assert discs_of(sky, towards(scene, 250.0)) == ()
    assert discs_of(changed(sky, "sky", sun=False), beside) == ()
    lens = scene.camera.lens.model_copy(update={"scatter": "none"})
    assert discs_of(changed(sky, "camera", lens=lens), beside) == ()
    assert discs_of(changed(sky, "camera", projection="domemaster"), beside) == ()
    with pytest.raises(TypeError):  # the control: here it would have been asked
        discs_of(sky, beside)


def test_earth_hides_the_sun(scene):
    night = towards(changed(scene, "sky", moon=False), 40.0, time_s=-600.0)
    assert discs_of(changed(scene, "sky", moon=False), night) == ()


def alike_around(here):
    """Return where [row, column] a pixel and the two on every side of it are all true."""
    found = np.zeros_like(here)
    rows, columns = here.shape
    around = [here[i : rows - 4 + i, j : columns - 4 + j] for i in range(5) for j in range(5)]
    found[2:-2, 2:-2] = np.all(around, axis=0)
    return found


def test_the_station_hides_what_stands_behind_it(scene):
    """A disc all behind what the picture shows of it is none, one beside it has all its light; what it covers for a
    camera that looks there is covered for one that looks elsewhere."""
    start_or_skip("cpu")
    scene = changed(load_scene("angels_singing"), "camera", exposure="manual")
    moment = moment_of(scene, scene.time.epoch, (160, 90))
    sun = sun_of(moment).direction_itrs
    there = station_cover(scene.station, moment.camera, moment.camera, moment.observer, sun)
    assert 0.02 < there.mean() < 0.98
    aside = replace(moment.camera, reference_pixel=moment.camera.reference_pixel - [8.0, 0.0])
    seen = station_cover(scene.station, moment.camera, aside, moment.observer, sun)
    assert seen[:, :-8] == pytest.approx(there[:, 8:], abs=0.02)
    for covered in (0.0, 1.0):
        even = alike_around(there == covered)
        places = np.argwhere(even)
        assert len(places) > 3
        for row, column in places[:: max(len(places) // 5, 1)]:
            away = moment.camera.directions_at(column + 1.0, row + 1.0)
            assert foreground._open_share(scene, moment, away, sun_of(moment)) == 1.0 - covered


@pytest.mark.parametrize("share", [1.0, 0.5, 0.0])
def test_a_covered_disc_is_dimmed(scene, monkeypatch, share):
    lit = changed(scene, "station", visible=True)
    beside = towards(lit, 40.0)
    whole = discs_of(lit, beside, station=False)[0]
    monkeypatch.setattr(foreground, "station_cover", lambda *a: np.full((16, 16), 1.0 - share))
    found = discs_of(lit, beside)
    assert len(found) == (share > 0.0)
    if found:
        assert found[0].light == pytest.approx(share * whole.light, rel=1e-5)


def test_a_frame_from_its_file_has_the_same_discs(scene, tmp_path):
    frame = rendered(scene, towards(scene, 40.0))
    path = tmp_path / "sun.exr"
    taken.write_taken([path], frame, scene, taken.header_of(frame, scene))
    read, again, header = taken.read_frame(path, {}, {})
    assert taken.DISCS_KEY not in header and len(read.discs) == len(frame.discs) > 0
    np.testing.assert_array_equal(develop_frame(read, again).pixels, develop_frame(frame, scene).pixels)
    without = develop_frame(replace(read, discs=()), again).pixels
    assert np.mean(np.asarray(develop_frame(read, again).pixels)) > np.mean(np.asarray(without))


@pytest.mark.parametrize("told", ["1 2 3", "a b", "nan " * 27])
def test_a_header_that_tells_no_discs_is_refused(told, tmp_path):
    with pytest.raises(taken.InputError, match=r"cannot develop .*: discs of its header has .*; allowed: 27 numbers"):
        taken._discs(tmp_path / "x.exr", told, 21)


def test_bands_have_the_light_from_beside_too(scene, monkeypatch):
    stage = prepare(scene, towards(scene, 40.0), start_or_skip("cpu"))
    whole = develop_frame(finish(stage, stage.march()), scene).pixels
    monkeypatch.setattr(development, "BAND_PIXELS", 10 * SIZE[0])
    bands = [band.pixels for band in development.developed_bands(stage)]
    np.testing.assert_array_equal(np.concatenate(bands), whole)


@pytest.mark.parametrize("projection", ["domemaster", "cube"])
def test_pictures_without_a_lens_are_radiance_to_their_edges(scene, projection):
    """No wings and no fall-off; a lens of the same field has both."""
    settings = {"projection": projection, "cube_face": "pz"} if projection == "cube" else {"projection": projection}
    bare = changed(scene, "camera", **settings)
    frame = rendered(scene, towards(scene))
    taken_bare = exposed(frame, bare).collected.electrons
    np.testing.assert_array_equal(
        taken_bare, development.collected(frame.lines, frame.sky, frame.moment, bare).electrons
    )
    assert not np.array_equal(exposed(frame, scene).collected.electrons, taken_bare)
