"""One scene through several lenses: equal directions show equal light, whatever the projection."""

from __future__ import annotations

import numpy as np
import pytest

from render.core.lines import LINE_KEYS
from render.frame.moment import Moment, moment_of
from render.frame.render import render_frame
from render.frame.result import Frame
from render.frame.stage import MARCHED, Light, finish, finish_rows, prepare
from render.integrator.points import deposit
from render.observer.camera import CameraSettings
from render.scene import Scene, load_scene

ALIKE, SUM = 0.03, 0.05  # of the light, pixels 1.2 degrees wide: median; sum, to which edges belong
STREAK = 0.01  # of a star's irradiance: what lies beyond its spread's reach, or beyond a seam
GREEN = LINE_KEYS.index("557.7")
FLAT, WIDE = (80, 80), (124, 124)


def scene_through(projection: str, **lens: object) -> Scene:
    """Return the main scene, without the station, through a lens."""
    scene = load_scene("angels_singing")
    aimed = {"azimuth_deg": 72.0, "elevation_deg": -16.0, "exposure_s": 0.5, "quality": "final"}
    camera = CameraSettings(projection=projection, **aimed, **lens)
    return scene.model_copy(update={"camera": camera, "station": type(scene.station)()})


def moment_through(projection: str, size: tuple[int, int], **lens: object) -> Moment:
    scene = scene_through(projection, **lens)
    return moment_of(scene, scene.time.epoch, size)


@pytest.fixture(scope="module")
def flat() -> Frame:
    """A rectilinear picture, 90 degrees wide."""
    return render_frame(scene_through("rectilinear", focal_length_mm=18.0), size=FLAT, device="cpu")


def at(image: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return an image [row, column] between its pixels, linearly."""
    i, j = (np.clip(np.floor(a).astype(int) - 1, 0, n - 2) for a, n in zip((y, x), image.shape, strict=True))
    a, b = y - 1 - i, x - 1 - j
    upper = image[i, j] * (1 - b) + image[i, j + 1] * b
    return np.asarray(upper * (1 - a) + (image[i + 1, j] * (1 - b) + image[i + 1, j + 1] * b) * a)


def test_a_fisheye_shows_the_light_of_a_rectilinear_lens(flat: Frame) -> None:
    """Aurora, sky, ground and towns in equal directions; its bands are rows of its picture; its corners are black."""
    scene = scene_through("equidistant", field_deg=140.0)
    stage = prepare(scene, moment_of(scene, scene.time.epoch, WIDE), flat.device)
    light = stage.march()
    wide = finish(stage, Light(light.lines.copy(), light.sky.copy(), light.veil))
    x, y = np.meshgrid(np.arange(4.0, 78.0), np.arange(4.0, 78.0))
    px, py, seen = wide.camera.project(flat.camera.directions_at(x, y))
    assert seen.all() and wide.camera.holds(px, py).all()
    found, sums = [], []
    for one, other in (
        (flat.lines.rayleighs[GREEN], wide.lines.rayleighs[GREEN]),
        (flat.sky.radiance[11], wide.sky.radiance[11]),
    ):
        here, there = one[3:77, 3:77], at(other, px, py)
        bright = here > np.percentile(here, 30.0)
        found.append(np.median(there[bright] / here[bright]))
        sums.append(there[bright].sum() / here[bright].sum())
        mirrored = at(other, px[:, ::-1], py)[bright]  # the check can fail
        assert np.abs(mirrored / here[bright] - 1.0).mean() > 2.0 * np.abs(there[bright] / here[bright] - 1.0).mean()
    assert (found, sums) == (pytest.approx([1.0, 1.0], abs=ALIKE), pytest.approx([1.0, 1.0], abs=SUM))
    band = stage.rows(20, 9, MARCHED)
    finish_rows(stage, band, 20)
    np.testing.assert_array_equal(wide.lines.rayleighs[:, 20:29], band.lines)
    np.testing.assert_array_equal(wide.sky.radiance[:, 20:29], band.sky)
    coverage = wide.camera.coverage()
    assert coverage is not None
    for planes in (wide.lines.rayleighs, wide.sky.radiance):
        assert (planes[:, coverage == 0.0] == 0.0).all() and np.isfinite(planes).all()
    assert (wide.sky.radiance.sum(axis=0)[coverage == 1.0] > 0.0).all()


@pytest.mark.parametrize(
    ("projection", "size", "lens"),
    [
        ("rectilinear", (200, 200), {"focal_length_mm": 18.0}),
        ("equidistant", (300, 300), {"field_deg": 300.0}),
        ("equisolid", (300, 300), {"field_deg": 300.0}),
        ("stereographic", (400, 400), {"field_deg": 220.0}),
        ("equirectangular", (400, 200), {}),
        ("cube", (400, 300), {}),
    ],
)
def test_a_star_s_light_is_kept_through_any_lens(
    projection: str, size: tuple[int, int], lens: dict[str, float]
) -> None:  # fmt: skip
    """Radiance times solid angle adds up to the irradiance; its middle is where the star is projected."""
    camera = moment_through(projection, size, **lens).camera
    rows, columns = np.mgrid[1 : size[1] + 1, 1 : size[0] + 1]
    places = [(120.3, 90.6), (150.0, 110.2)]
    for x, y in places:
        star = camera.directions_at(x, y)
        image = np.zeros((1, size[1], size[0]))
        deposit(image, [(camera, star[None, :])], np.array([[2.5e-9]]))
        light = image[0] * camera.solid_angle()
        assert light.sum() == pytest.approx(2.5e-9, rel=STREAK)
        middle = [float((light * a).sum() / light.sum()) for a in (columns, rows)]
        assert middle == pytest.approx([x, y], abs=0.5)  # a small picture's star lies in one pixel


def test_a_star_that_crosses_a_seam_stays_two_points_at_most() -> None:
    """Not a line across the picture: it is drawn where it is at half time."""
    camera = moment_through("equirectangular", (400, 200)).camera
    way = [camera.directions_at(x, 100.0)[None, :] for x in (399.9, 400.2, 400.9)]
    image = np.zeros((1, 200, 400))
    deposit(image, [(camera, star) for star in way], np.array([[2.5e-9]]))
    assert image[0, :, 20:380].max() == 0.0 and image.max() > 0.0
