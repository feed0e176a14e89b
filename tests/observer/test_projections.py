"""Projections: there and back for directions all round, solid angles that add up to the sphere, a dome's picture."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import itrs_from_geodetic
from render.observer import projections
from render.observer.camera import Camera, CameraSettings, LookAt, camera_at
from render.observer.ephemeris import azimuth_elevation
from render.observer.orbit import ObserverSettings, observe

EPOCH = Epoch.parse("2015-01-28T09:45:00Z")
OBSERVER = observe(ObserverSettings(latitude_deg=45.0, longitude_deg=-84.0, altitude_km=420.0), EPOCH)
ROUND_TRIP_PX, SPHERE, DIRECTIONS = 1e-3, 1e-4, 10_000
WHOLE = {
    "rectilinear": {"focal_length_mm": 17.0},
    "equidistant": {"field_deg": 360.0},
    "equisolid": {"field_deg": 360.0},
    "stereographic": {"field_deg": 340.0},
    "orthographic": {"field_deg": 180.0},
    "domemaster": {},
    "equirectangular": {},
    "cube": {},
}
"""Settings by which each projection holds as much of the sphere as it can."""
SIZES = {"equirectangular": (512, 256), "cube": (512, 384)}


def camera(projection: str, size: tuple[int, int] | None = None, **settings: object) -> Camera:
    given = WHOLE[projection] | {"azimuth_deg": 70.0, "elevation_deg": -20.0, "roll_deg": 13.0} | settings
    of_camera = CameraSettings(projection=projection, **given)
    return camera_at(of_camera, OBSERVER, EPOCH, 0.0, size or SIZES.get(projection, (400, 400)))


def all_round(count: int = DIRECTIONS) -> np.ndarray:
    found = np.random.default_rng(5).normal(size=(count, 3))
    return np.asarray(found / np.linalg.norm(found, axis=1)[:, None])


@pytest.mark.parametrize("projection", WHOLE)
def test_directions_come_back_to_their_pixels(projection: str) -> None:
    lens = camera(projection)
    directions = all_round()
    x, y, seen = lens.project(directions)
    held = seen & lens.holds(x, y)
    off_axis = np.degrees(np.arccos(directions[held] @ lens.itrs_from_camera[:, 2]))
    assert np.isnan(x[~seen]).all() and held.sum() > 1000
    assert off_axis.max() > {"rectilinear": 50, "orthographic": 85, "domemaster": 88}.get(projection, 165)
    back = lens.directions_at(x[held], y[held])
    np.testing.assert_allclose(back, directions[held], atol=1e-9)
    again = lens.project(back)
    assert np.hypot(again[0] - x[held], again[1] - y[held]).max() < ROUND_TRIP_PX
    wrong = lens.project(-back)  # the check can fail
    assert not (np.hypot(wrong[0] - x[held], wrong[1] - y[held]) < ROUND_TRIP_PX).all()


@pytest.mark.parametrize("projection", projections.FISHEYES)
def test_fisheyes_have_their_textbook_radii(projection: str) -> None:
    lens = camera(projection, field_deg=160.0)
    focal_px = 1.0 / lens.tangent_from_pixel[0, 0]
    of = {
        "equidistant": lambda t: t, "equisolid": lambda t: 2 * math.sin(t / 2),
        "stereographic": lambda t: 2 * math.tan(t / 2), "orthographic": math.sin,
    }[projection]  # fmt: skip
    for degrees in (1e-6, 30.0, 79.0):
        theta = math.radians(degrees)
        aside = lens.itrs_from_camera @ [math.sin(theta), 0.0, math.cos(theta)]
        x, y, seen = lens.project(5.0 * aside)
        assert seen and x - 200.5 == pytest.approx(focal_px * of(theta), abs=1e-9) and y == pytest.approx(200.5)
    assert focal_px * of(math.radians(80.0)) == pytest.approx(200.0)  # the image circle touches the sides
    assert lens.holds(200.5, 1.0) and not lens.holds(1.0, 1.0)


@pytest.mark.parametrize(
    ("projection", "settings", "share"),
    [
        ("equidistant", {}, 1.0),
        ("equisolid", {}, 1.0),
        ("equirectangular", {}, 1.0),
        ("cube", {}, 1.0),
        ("domemaster", {}, 0.5),
        ("equisolid", {"field_deg": 120.0}, 0.25),
        ("stereographic", {"field_deg": 180.0}, 0.5),
        ("orthographic", {"field_deg": 120.0}, 0.25),
    ],
)
def test_solid_angles_add_up_to_their_part_of_the_sphere(projection: str, settings: dict, share: float) -> None:
    lens = camera(projection, **settings)
    coverage = lens.coverage()
    solid = lens.solid_angle() * (1.0 if coverage is None else coverage)
    assert solid.sum() == pytest.approx(4.0 * math.pi * share, rel=SPHERE)
    flat = abs(np.linalg.det(lens.tangent_from_pixel)) * solid.size
    assert projection == "equisolid" or flat != pytest.approx(4.0 * math.pi * share, rel=0.01)  # not by chance


def test_the_solid_angle_is_the_pixel_s_own() -> None:
    """Against the area spanned by the pixel's sides, in every projection, past a right angle too."""
    for projection in WHOLE:
        lens = camera(projection)
        x, y = np.array([150.3, 200.5, 255.0, 310.2]), np.array([160.0, 200.5, 230.0, 199.0])
        h = 1e-3
        right = (lens.directions_at(x + h, y) - lens.directions_at(x - h, y)) / (2 * h)
        down = (lens.directions_at(x, y + h) - lens.directions_at(x, y - h)) / (2 * h)
        np.testing.assert_allclose(
            lens.solid_angle_at(x, y), np.linalg.norm(np.cross(right, down), axis=-1), rtol=1e-6, err_msg=projection
        )


def test_faces_of_the_cube_are_cells_of_its_cross() -> None:
    whole = camera("cube", (64, 48))
    for face, (right, below) in projections.CROSS.items():
        one = camera("cube", (16, 16), cube_face=face)
        assert one.projection == "rectilinear"
        x, y = 16 * (1 + right) + np.arange(1, 17), 16 * (1 + below) + np.arange(1, 17)[:, None]
        np.testing.assert_allclose(whole.directions_at(x, y), one.ray_directions(), atol=1e-12)
    coverage = whole.coverage()
    assert coverage is not None and coverage.sum() == 6 * 16 * 16
    up = camera("cube", (16, 16), cube_face="py", elevation_deg=0.0, roll_deg=0.0)
    _, elevation = azimuth_elevation(up.directions_at(8.5, 8.5), OBSERVER.position_km)
    assert elevation == pytest.approx(90.0)


def test_a_whole_sky_is_seen_from_inside() -> None:
    """Centre: the direction looked along; to the right: turning right; up: up."""
    lens = camera("equirectangular", (360, 180), azimuth_deg=70.0, elevation_deg=0.0, roll_deg=0.0)
    azimuth, elevation = azimuth_elevation(
        lens.directions_at([180.5, 210.5, 180.5], [90.5, 90.5, 60.5]), OBSERVER.position_km
    )
    np.testing.assert_allclose(azimuth, [70.0, 100.0, 70.0], atol=1e-9)
    np.testing.assert_allclose(elevation, [0.0, 0.0, 30.0], atol=1e-9)


def test_letters_of_the_compass_stand_where_a_dome_expects_them() -> None:
    """Front at the bottom, left at the left, the zenith in the middle; the test picture of planetariums."""
    lens = camera("domemaster", (512, 512), azimuth_deg=70.0, elevation_deg=0.0, roll_deg=0.0)
    edge, middle = 255.0, 256.5
    letters = {
        "front": (middle, middle + edge),
        "back": (middle, middle - edge),
        "left": (middle - edge, middle),
        "right": (middle + edge, middle),
    }
    for letter, turn in (("front", 0.0), ("right", 90.0), ("back", 180.0), ("left", 270.0)):
        azimuth, elevation = azimuth_elevation(lens.directions_at(*letters[letter]), OBSERVER.position_km)
        assert (azimuth - 70.0 - turn + 180.0) % 360.0 - 180.0 == pytest.approx(0.0, abs=1e-6), letter
        assert elevation == pytest.approx(90.0 * (1.0 - edge / 256.0), abs=1e-6)
    assert lens.holds(middle, 512.0) and not lens.holds(511.0, 511.0)
    coverage = lens.coverage()
    assert coverage is not None and 0.0 < coverage[0, 250] < 1.0 and coverage[0, 0] == 0.0 and coverage[256, 256] == 1.0
    assert coverage.sum() == pytest.approx(math.pi * 256.0**2, rel=SPHERE)


def test_from_orbit_the_limb_stands_above_a_dome_s_front() -> None:
    settings = CameraSettings(projection="domemaster", azimuth_deg=30.0)
    assert (settings.columns, settings.rows) == (4096, 4096)
    dip = math.degrees(math.acos(6371.0 / (6371.0 + 420.0)))
    for tilt in (0.0, 30.0):
        lens = camera_at(
            settings.model_validate({"projection": "domemaster", "azimuth_deg": 30.0, "dome_tilt_deg": tilt}),
            OBSERVER,
            EPOCH,
            0.0,
            (512, 512),
        )
        front = azimuth_elevation(lens.directions_at(256.5, 512.5), OBSERVER.position_km)
        assert front[0] == pytest.approx(30.0, abs=1e-6) and 20.0 < -dip - front[1] < 30.0
    level = camera("domemaster", elevation_deg=0.0, roll_deg=0.0, dome_tilt_deg=25.0)
    assert azimuth_elevation(level.directions_at(200.5, 400.5), OBSERVER.position_km)[1] == pytest.approx(-25.0)
    at = CameraSettings(
        projection="domemaster", look_at=LookAt(latitude_deg=57.0, longitude_deg=-75.0, altitude_km=110.0)
    )
    seen = camera_at(at, OBSERVER, EPOCH, 0.0, (512, 512))
    x, y, _ = seen.project(itrs_from_geodetic(57.0, -75.0, 110.0) - OBSERVER.position_km)
    assert x == pytest.approx(256.5) and 512.5 - y == pytest.approx(512.0 / 180.0 * 35.0)


def test_a_band_of_rows_looks_as_the_whole_picture() -> None:
    for projection in WHOLE:
        lens = camera(projection)
        band = lens.of_rows(100, 7)
        np.testing.assert_array_equal(band.ray_directions(), lens.ray_directions(101, 107))
        whole, part = lens.coverage(101, 107), band.coverage()
        assert (whole is None) == (part is None)
        if whole is not None and part is not None:
            np.testing.assert_array_equal(whole, part)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"field_deg": 90.0}, "field_deg is of fisheyes; projection is 'rectilinear'"),
        ({"projection": "orthographic", "field_deg": 200.0}, "at most 180"),
        ({"projection": "domemaster", "columns": 640, "rows": 360}, "640x360 for projection 'domemaster', .* 1:1"),
        ({"projection": "equirectangular", "columns": 640, "rows": 360}, "whose pictures are 2:1"),
        ({"dome_tilt_deg": 10.0}, "dome_tilt_deg is of projection 'domemaster'"),
        ({"cube_face": "px"}, "cube_face is of projection 'cube'"),
        ({"quaternion": (0.0, 0.0, 0.0, 0.0)}, "a quaternion of zero turns nowhere"),
        ({"quaternion": (1.0, 0.0, 0.0, 0.0), "azimuth_deg": 3.0}, "points by quaternion and by azimuth_deg"),
        ({"keys": ({"time_s": 0, "quaternion": (1.0, 0, 0, 0), "roll_deg": 3.0},)}, "by quaternion and by roll_deg"),
        ({"keys": ({"time_s": 0, "quaternion": (1.0, 0, 0, 0)},), "look_at": {"latitude_deg": 0, "longitude_deg": 0}},
         "points by look_at and by quaternion"),
        ({"keys": ({"time_s": 0, "quaternion": (0.0, 0, 0, 0)},)}, "a quaternion of zero turns nowhere"),
        ({"projection": "equidistant", "distortion": (0.0, 0.01, 0.0)}, "is of a rectilinear lens without wcs"),
    ],
)  # fmt: skip
def test_contradictions_are_told(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CameraSettings(**settings)


def test_a_cross_has_whole_faces() -> None:
    with pytest.raises(InputError, match="size 50x30: a cross of cube faces is four wide and three high"):
        camera("cube", (50, 30))
