"""Which pixel: the real photograph's limb, the film's pass against skyfield and against its reference table."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skyfield.api import EarthSatellite, wgs84
from skyfield.framelib import itrs

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import geodetic_from_itrs, itrs_from_geodetic, shell_distances
from render.observer.camera import Camera, CameraSettings, LookAt, camera_at
from render.observer.ephemeris import azimuth_elevation, skyfield_time, sun
from render.observer.orbit import Observer, ObserverSettings, observe
from render.observer.where import locate_place, locate_star, shell_edge
from tests import REFERENCE

PHOTO = REFERENCE / "ISS030-E-102170.json"
LINE_1 = "1 25544U 98067A   15032.46425904  .00014369  00000-0  22307-3 0  8084"  # ISS, 2015-02-01; public
LINE_2 = "2 25544  51.6471  41.7603 0005800 315.5306 199.7210 15.54220656926915"
ISS = ObserverSettings(tle=(LINE_1, LINE_2))
EPOCH = Epoch.parse("2015-01-28T09:45:00Z")
PLACES = {
    "New York": (40.7128, -74.0060, 0.0),
    "Washington": (38.9072, -77.0369, 0.0),
    "Boston": (42.3601, -71.0589, 0.0),
    "57N 75W 110 km": (57.0, -75.0, 110.0),
    "55N 60W 110 km": (55.0, -60.0, 110.0),
}
PHOTO_ROWS = 2.0
PROJECTION_PX = 1.0  # at 1920 columns
TABLE_DEG = 1.0  # the table is rounded to 1 degree
TABLE_KM = 15.0  # of slant range: 1 km of rounding, and 2 s of the table's times at 7 km/s


def pass_camera(
    epoch: Epoch = EPOCH, size: tuple[int, int] = (1920, 1080), **camera: object
) -> tuple[Camera, Observer]:
    observer = observe(ISS, epoch)
    settings = camera if "look_at" in camera else {"azimuth_deg": 115.0, "elevation_deg": -27.0, **camera}
    return camera_at(CameraSettings(**settings), observer, epoch, 0.0, size), observer


def photograph(size: tuple[int, int] | None = None) -> tuple[Camera, Observer, Epoch]:
    content = json.loads(PHOTO.read_text(encoding="utf-8"))
    epoch = Epoch.parse(content["time_utc"])
    observer = observe(ObserverSettings(gcrs_km=tuple(content["observer_gcrs_km"])), epoch)
    return camera_at(CameraSettings(wcs=str(PHOTO)), observer, epoch, 0.0, size), observer, epoch


@pytest.mark.parametrize(
    ("shell_km", "column", "row"),  # straight rays on WGS84, from the notes on the photograph; 2832 rows
    [
        (0.0, 1, 1635.5),
        (0.0, 2129, 1457.5),
        (0.0, 4256, 1540.3),
        (97.0, 1, 1342.3),
        (97.0, 2129, 1183.3),
        (97.0, 4256, 1248.3),
        (250.0, 1, 758.5),
        (250.0, 2129, 635.0),
        (250.0, 4256, 666.0),
    ],
)
def test_limb_of_the_real_photograph(shell_km: float, column: int, row: float) -> None:
    camera, observer, _ = photograph()
    edge = shell_edge(camera, observer, shell_km, column)
    assert edge.visible and edge.x == column
    assert edge.y == pytest.approx(row, abs=PHOTO_ROWS)


def test_limb_of_the_photograph_at_a_quarter() -> None:
    camera, observer, _ = photograph((1064, 708))
    edge = shell_edge(camera, observer, 97.0, (2129 - 0.5) / 4 + 0.5)
    assert (edge.y - 0.5) * 4 + 0.5 == pytest.approx(1183.3, abs=PHOTO_ROWS)


def test_reference_star_of_the_photograph() -> None:
    camera, observer, epoch = photograph()
    seen = locate_star(camera, observer, epoch, 16.0531567459, 23.1148929108)
    assert seen.visible and (seen.x, seen.y) == pytest.approx((2129.0, 1417.0), abs=1e-6)


@given(st.floats(0.0, 390.0), st.floats(1.0, 640.0))
def test_rays_beside_an_edge_hit_and_miss(shell_km: float, column: float) -> None:
    camera, observer = pass_camera(size=(640, 360), azimuth_deg=30.0, elevation_deg=-15.0, roll_deg=20.0)
    edge = shell_edge(camera, observer, shell_km, column)
    assert edge.y is not None
    inside, _ = shell_distances(observer.position_km, camera.directions_at(column, edge.y + 1e-4), shell_km)
    outside, _ = shell_distances(observer.position_km, camera.directions_at(column, edge.y - 1e-4), shell_km)
    assert inside > 0.0 and np.isnan(outside)


def test_no_edge() -> None:
    camera, observer = pass_camera()
    assert shell_edge(camera, observer, 500.0, 1.0).reason == "the observer is inside the shell"
    up, _ = pass_camera(elevation_deg=80.0)
    above = shell_edge(up, observer, 0.0, 960.0)
    assert not above.visible and above.reason in ("no edge on this column", "out of frame")
    outside = shell_edge(camera, observer, 0.0, 3000.0)
    assert not outside.visible and outside.reason == "out of frame"
    with pytest.raises(InputError, match="must be 0"):
        shell_edge(camera, observer, -1.0, 1.0)


def skyfield_pixel(place: tuple[float, float, float], azimuth0: float, elevation0: float) -> tuple[float, float]:
    """Return (x, y) at 1920 x 1080 by skyfield's satellite, places and horizon, and the spherical gnomonic formula."""
    time = skyfield_time(EPOCH)
    below = wgs84.geographic_position_of(EarthSatellite(LINE_1, LINE_2).at(time))
    station = wgs84.latlon(below.latitude.degrees, below.longitude.degrees, elevation_m=below.elevation.m)
    target = wgs84.latlon(place[0], place[1], elevation_m=place[2] * 1e3)
    elevation, azimuth, _ = (target - station).at(time).altaz()
    e, e0, da = elevation.radians, math.radians(elevation0), azimuth.radians - math.radians(azimuth0)
    forward = math.sin(e0) * math.sin(e) + math.cos(e0) * math.cos(e) * math.cos(da)
    right = math.cos(e) * math.sin(da) / forward
    upward = (math.cos(e0) * math.sin(e) - math.sin(e0) * math.cos(e) * math.cos(da)) / forward
    focal_px = 28.0 / 36.0 * 1920.0
    return 960.5 + focal_px * right, 540.5 - focal_px * upward


@pytest.mark.parametrize("name", PLACES)
def test_places_project_where_skyfield_puts_them(name: str) -> None:
    azimuth, elevation = (40.0, -15.0) if name[0].isdigit() else (115.0, -27.0)
    camera, observer = pass_camera(azimuth_deg=azimuth, elevation_deg=elevation)
    seen = locate_place(camera, observer, *PLACES[name])
    assert seen.visible, seen
    assert (seen.x, seen.y) == pytest.approx(skyfield_pixel(PLACES[name], azimuth, elevation), abs=PROJECTION_PX)


def table() -> list[dict[str, str]]:
    lines = (REFERENCE / "iss_2015_pass.csv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


@pytest.mark.parametrize("row", table(), ids=lambda row: f"{row['utc']} {row['target']}")
def test_pass_agrees_with_its_table(row: dict[str, str]) -> None:
    epoch = Epoch.parse(f"2015-01-28T{row['utc']}Z")
    observer = observe(ISS, epoch)
    given = np.array([float(row["azimuth_deg"]), float(row["elevation_deg"])])
    if row["target"] == "below":
        latitude, longitude, altitude = geodetic_from_itrs(observer.position_km)
        assert (latitude, longitude) == pytest.approx(given, abs=0.1)
        assert altitude == pytest.approx(float(row["slant_km"]), abs=0.1)
        return
    if row["target"] == "sun":
        toward = sun(epoch, observer.position_km).direction_itrs
    else:
        toward = itrs_from_geodetic(*PLACES[row["target"]]) - observer.position_km
    azimuth, elevation = azimuth_elevation(toward, observer.position_km)
    turn = ((azimuth - given[0] + 180.0) % 360.0 - 180.0) * math.cos(math.radians(elevation))
    assert math.hypot(turn, elevation - given[1]) < TABLE_DEG
    if row["slant_km"]:
        assert np.linalg.norm(toward) == pytest.approx(float(row["slant_km"]), abs=TABLE_KM)


def test_places_are_hidden_behind_and_out_of_frame() -> None:
    camera, observer = pass_camera()
    assert locate_place(camera, observer, 45.0, -90.0).reason == "behind the camera"
    assert locate_place(camera, observer, 57.0, -75.0, 110.0).reason == "out of frame"
    below = Epoch.parse("2015-01-28T09:42:00Z")
    camera, observer = pass_camera(below, look_at=LookAt(latitude_deg=42.3601, longitude_deg=-71.0589))
    boston = locate_place(camera, observer, *PLACES["Boston"])
    assert not boston.visible and boston.reason == "hidden by Earth"
    assert (boston.x, boston.y) == pytest.approx((960.5, 540.5), abs=0.01)


def test_shore_of_the_dead_sea_is_not_hidden_by_the_ellipsoid() -> None:
    epoch = Epoch.parse("2015-01-28T00:00:00Z")
    observer = observe(ObserverSettings(latitude_deg=31.0, longitude_deg=33.0, altitude_km=412.0), epoch)
    settings = CameraSettings(look_at=LookAt(latitude_deg=31.5, longitude_deg=35.5))
    camera = camera_at(settings, observer, epoch, 0.0)
    assert locate_place(camera, observer, 31.5, 35.5, -0.43).visible


def test_star_behind_earth_is_hidden() -> None:
    camera, observer, epoch = photograph()
    ground = shell_edge(camera, observer, 0.0, 2129.0)
    assert ground.y is not None
    gcrs = photograph_sky(camera, epoch, 2129.0, ground.y + 5.0)
    assert locate_star(camera, observer, epoch, *gcrs).reason == "hidden by Earth"
    assert locate_star(camera, observer, epoch, *photograph_sky(camera, epoch, 2129.0, ground.y - 5.0)).visible


def photograph_sky(camera: Camera, epoch: Epoch, x: float, y: float) -> tuple[float, float]:
    """Return (RA, Dec), degrees, of a pixel, by skyfield's rotation of the pixel's direction."""
    direction = itrs.rotation_at(skyfield_time(epoch)).T @ camera.directions_at(x, y)
    return math.degrees(math.atan2(direction[1], direction[0])), math.degrees(math.asin(direction[2]))
