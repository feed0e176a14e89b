"""Pixels and directions: round trips, an independent projection, the real photograph, keys."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.core.geodesy import itrs_from_geodetic
from render.observer.camera import Camera, CameraKey, CameraSettings, LookAt, camera_at
from render.observer.ephemeris import azimuth_elevation, itrs_from_gcrs
from render.observer.orbit import Observer, ObserverSettings, observe
from render.observer.wcs import read_wcs
from tests import REFERENCE

PHOTO = REFERENCE / "ISS030-E-102170.json"
EPOCH = Epoch.parse("2012-01-25T09:26:55.06Z")
OBSERVER = observe(ObserverSettings(latitude_deg=45.0, longitude_deg=-84.0, altitude_km=413.0), EPOCH)
ROUND_TRIP_PX = 1e-6


def camera(size: tuple[int, int] | None = None, time_s: float = 0.0, **settings: object) -> Camera:
    return camera_at(CameraSettings(**settings), OBSERVER, EPOCH, time_s, size)


def rewritten(folder: Path, **wcs: object) -> str:
    content = json.loads(PHOTO.read_text(encoding="utf-8"))
    content["wcs"].update(wcs)
    path = folder / "other.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def test_an_edited_wcs_is_read_anew(tmp_path: Path) -> None:
    """Even where the file keeps its size and its time: the content is what counts."""
    path = Path(rewritten(tmp_path, crval_deg=[16.0, 23.0]))
    before, size = path.stat(), path.stat().st_size
    first = read_wcs(str(path))
    assert read_wcs(str(path)) is first  # unchanged: not read again
    path.write_text(path.read_text(encoding="utf-8").replace("16.0", "17.0"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_mtime_ns, path.stat().st_size) == (before.st_mtime_ns, size)
    assert (first.ra_deg, read_wcs(str(path)).ra_deg) == (16.0, 17.0)
    one, other = camera((40, 30), wcs=str(path)), camera((40, 30), wcs=rewritten(tmp_path, crval_deg=[16.0, 23.0]))
    assert np.abs(one.itrs_from_camera - other.itrs_from_camera).max() > 1e-3


@given(st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180), st.floats(10, 300))
def test_project_undoes_ray_directions(azimuth: float, elevation: float, roll: float, focal: float) -> None:
    lens = camera((7, 5), azimuth_deg=azimuth, elevation_deg=elevation, roll_deg=roll, focal_length_mm=focal)
    directions = lens.ray_directions()
    assert directions.shape == (5, 7, 3)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=-1), 1.0, atol=1e-14)
    x, y, in_front = lens.project(3.0 * directions)
    assert in_front.all()
    np.testing.assert_allclose(x, np.broadcast_to(np.arange(1, 8), (5, 7)), atol=ROUND_TRIP_PX)
    np.testing.assert_allclose(y, np.broadcast_to(np.arange(1, 6)[:, None], (5, 7)), atol=ROUND_TRIP_PX)
    x, y, in_front = lens.project(-directions)
    assert not in_front.any() and np.isnan(x).all() and np.isnan(y).all()


def test_rows_of_a_tile_are_rows_of_the_picture() -> None:
    lens = camera((6, 5))
    np.testing.assert_array_equal(lens.ray_directions(2, 4), lens.ray_directions()[1:4])
    np.testing.assert_array_equal(lens.solid_angle(5, 5), lens.solid_angle()[4:])
    with pytest.raises(InputError, match="rows 0 to 3 asked for; the picture has rows 1 to 5"):
        lens.ray_directions(0, 3)


def test_angles_point_where_they_say() -> None:
    lens = camera((1281, 721), azimuth_deg=80.0, elevation_deg=-14.0)
    np.testing.assert_allclose(azimuth_elevation(lens.directions_at(641, 361), OBSERVER.position_km), (80.0, -14.0))
    right = azimuth_elevation(lens.directions_at(700, 361), OBSERVER.position_km)
    below = azimuth_elevation(lens.directions_at(641, 400), OBSERVER.position_km)
    assert right[0] > 80.0 and below[1] < -14.0 and below[0] == pytest.approx(80.0)


def test_roll_turns_the_camera_clockwise() -> None:
    """With roll 90 the right of the picture looks at the ground."""
    lens = camera((101, 101), azimuth_deg=0.0, elevation_deg=0.0, roll_deg=90.0)
    azimuth, elevation = azimuth_elevation(lens.directions_at(101, 51), OBSERVER.position_km)
    assert elevation < -10.0 and azimuth == pytest.approx(0.0, abs=1e-9)


def test_field_of_view_is_the_lens_makers() -> None:
    lens = camera((4928, 3280), focal_length_mm=28.0)
    left, right = lens.directions_at(0.5, 1640.5), lens.directions_at(4928.5, 1640.5)
    assert math.degrees(math.acos(left @ right)) == pytest.approx(65.4, abs=0.1)  # 2 atan(18 / 28)
    assert lens.photosite_area_m2 == pytest.approx((36e-3 / 4928) ** 2)
    middle_arcmin = math.degrees(math.sqrt(lens.solid_angle(1640, 1640)[0, 2464])) * 60.0
    assert middle_arcmin == pytest.approx(0.90, abs=0.01)


def test_solid_angles_add_up_to_the_pyramid() -> None:
    """The frame's solid angle is 4 asin(ab / sqrt((1 + a^2)(1 + b^2))), a and b the tangents of the half fields."""
    lens = camera((360, 240), sensor_width_mm=36.0, focal_length_mm=20.0)
    a, b = 18.0 / 20.0, 12.0 / 20.0
    pyramid = 4.0 * math.asin(a * b / math.sqrt((1 + a * a) * (1 + b * b)))
    assert lens.solid_angle().sum() == pytest.approx(pyramid, rel=1e-5)


def test_look_at_keeps_the_place_in_the_middle_and_the_horizon_level() -> None:
    place = LookAt(latitude_deg=57.0, longitude_deg=-75.0, altitude_km=110.0)
    lens = camera((641, 361), look_at=place)
    toward = itrs_from_geodetic(57.0, -75.0, 110.0) - OBSERVER.position_km
    np.testing.assert_allclose(lens.project(toward)[:2], (321.0, 181.0), atol=ROUND_TRIP_PX)
    left = azimuth_elevation(lens.directions_at(300, 181), OBSERVER.position_km)
    right = azimuth_elevation(lens.directions_at(342, 181), OBSERVER.position_km)
    assert left[1] == pytest.approx(right[1], abs=1e-9)
    assert right[0] > left[0]


def test_look_at_oneself_is_an_error() -> None:
    with pytest.raises(InputError, match="observer's own position"):
        camera(look_at=LookAt(latitude_deg=45.0, longitude_deg=-84.0, altitude_km=413.0))


def sky_of_pixel(x: float, y: float, wcs: dict[str, list]) -> tuple[float, float]:
    """Return (RA, Dec), degrees, by the textbook's inverse gnomonic formula, independent of rotations."""
    cd = np.radians(np.array(wcs["cd_deg_per_px"]))
    xi, eta = cd @ (np.array([x, y]) - wcs["crpix"])
    ra0, dec0 = np.radians(wcs["crval_deg"])
    ra = ra0 + math.atan2(xi, math.cos(dec0) - eta * math.sin(dec0))
    dec = math.asin((math.sin(dec0) + eta * math.cos(dec0)) / math.sqrt(1 + xi * xi + eta * eta))
    return math.degrees(ra), math.degrees(dec)


@pytest.mark.parametrize(
    "cd",
    [
        [[-0.00912247, -0.00250609], [0.00250609, -0.00912247]],  # the photograph's
        [[0.009, 0.002], [0.001, -0.008]],  # mirrored, skew, oblong
        [[0.0, 0.01], [-0.01, 0.0]],
    ],
)
def test_wcs_of_any_matrix(cd: list[list[float]], tmp_path: Path) -> None:
    lens = camera(wcs=rewritten(tmp_path, cd_deg_per_px=cd))
    wcs = {"cd_deg_per_px": cd, "crpix": [2129, 1417], "crval_deg": [16.0531567459, 23.1148929108]}
    for x, y in ((1.0, 1.0), (2129.0, 1417.0), (4256.0, 100.0)):
        ra, dec = np.radians(sky_of_pixel(x, y, wcs))
        star = itrs_from_gcrs(EPOCH) @ [math.cos(dec) * math.cos(ra), math.cos(dec) * math.sin(ra), math.sin(dec)]
        np.testing.assert_allclose(lens.directions_at(x, y), star, atol=1e-12)
    (u, _), _ = lens.tangent_from_pixel
    assert u > 0.0 or cd[0][0] > 0.0  # x of the camera runs along the columns


@pytest.mark.parametrize("size", [(1064, 708), (2128, 1000), (8512, 6000)])
def test_wcs_at_another_size_shows_the_same_sky(size: tuple[int, int]) -> None:
    """Edges map to edges across the width; rows grow or fall away evenly at top and bottom."""
    full, other = camera(wcs=str(PHOTO)), camera(size, wcs=str(PHOTO))
    assert (full.columns, full.rows) == (4256, 2832)
    scale = 4256 / size[0]
    for x, dy in ((0.5, 0.0), (size[0] + 0.5, 10.0), (100.0, -50.0)):
        there = full.directions_at((x - 0.5) * scale + 0.5, 1416.5 + dy * scale)
        np.testing.assert_allclose(other.directions_at(x, 0.5 * (size[1] + 1) + dy), there, atol=1e-12)


def test_photograph_fills_in_its_size() -> None:
    settings = CameraSettings(wcs=str(PHOTO))
    assert (settings.columns, settings.rows) == (4256, 2832)
    assert CameraSettings(wcs=str(PHOTO), columns=1064).rows == 708
    assert CameraSettings(wcs=str(PHOTO), columns=1280, rows=720).rows == 720
    strict = CameraSettings.model_validate_json(json.dumps({"wcs": str(PHOTO), "keys": [{"time_s": 0}]}), strict=True)
    assert strict.rows == 2832


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("no json", "neither FITS nor JSON"),
        ("[1]", "not a JSON object"),
        ("{}", "no object 'wcs'"),
        ('{"width_px": "a", "height_px": 2, "wcs": {}}', 'width_px is "a"; expected a number'),
        ('{"width_px": 2, "height_px": 2, "wcs": {"crval_deg": [1, [2]]}}', "crval_deg is .*; expected numbers, 2"),
        ('{"width_px": 2, "height_px": 2, "wcs": {"ctype": ["RA---AIT", "DEC--AIT"]}}', "gnomonic"),
        (
            '{"width_px": 2, "height_px": 2, "wcs": {"crval_deg": [1, 2], "crpix": [1, 1],'
            ' "cd_deg_per_px": [[1, 1], [1, 1]]}}',
            "has no inverse",
        ),
    ],
)
def test_bad_wcs_file_is_told(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValidationError, match=f"bad.json: .*{message}"):
        CameraSettings(wcs=str(path))


def test_missing_wcs_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"none\.json: no such file"):
        CameraSettings(wcs=str(tmp_path / "none.json"))


KEYS = (
    CameraKey(time_s=0.0, azimuth_deg=80.0, exposure_s=0.5),
    CameraKey(time_s=100.0, iso=6400.0),
    CameraKey(time_s=200.0, azimuth_deg=50.0, exposure_s=0.005, iso=100.0),
)


@pytest.mark.parametrize(
    ("time_s", "azimuth", "exposure", "iso"),
    [
        (-5.0, 80.0, 0.5, 6400.0),
        (100.0, 65.0, 0.05, 6400.0),
        (150.0, 57.5, 0.5 * 10**-1.5, 800.0),
        (900.0, 50, 5e-3, 100),
    ],
)
def test_keys_run_linearly_and_exposure_in_stops(time_s: float, azimuth: float, exposure: float, iso: float) -> None:
    lens = camera((3, 3), time_s, keys=KEYS)
    assert azimuth_elevation(lens.directions_at(2, 2), OBSERVER.position_km)[0] == pytest.approx(azimuth)
    assert (lens.exposure_s, lens.iso, lens.f_number) == pytest.approx((exposure, iso, 1.4))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"wcs": str(PHOTO), "azimuth_deg": 3.0}, "points by wcs and by azimuth_deg"),
        ({"wcs": str(PHOTO), "roll_deg": 3.0}, "points by wcs and by roll_deg"),
        (
            {"look_at": LookAt(latitude_deg=1.0, longitude_deg=2.0), "keys": KEYS},
            "points by look_at and by azimuth_deg",
        ),
        ({"keys": KEYS[::-1]}, "time_s 100 follows 200"),
        ({"columns": 0}, "greater than or equal to 1"),
    ],
)
def test_contradictions_are_told(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CameraSettings(**settings)


def test_look_at_may_be_rolled() -> None:
    assert CameraSettings(look_at=LookAt(latitude_deg=1.0, longitude_deg=2.0), roll_deg=5.0).roll_deg == 5.0


def test_size_zero_is_an_input_error() -> None:
    with pytest.raises(InputError, match="size 0x5"):
        camera((0, 5))


def test_observer_of_the_photograph_flies_where_the_station_did() -> None:
    place = json.loads(PHOTO.read_text(encoding="utf-8"))["observer_gcrs_km"]
    observer: Observer = observe(ObserverSettings(gcrs_km=tuple(place)), EPOCH)
    assert 6378.0 + 370.0 < np.linalg.norm(observer.position_km) < 6378.0 + 420.0
