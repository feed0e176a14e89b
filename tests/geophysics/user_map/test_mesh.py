"""Maps on 2-D coordinates about the poles: total energy against closed forms, seams, sheets, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.geophysics.user_map.file import read_user_map
from render.geophysics.user_map.mesh import meshed

EPOCH = Epoch.parse("2015-01-28T09:45:00Z")
SPOT_DEG = 8.0  # a Gaussian's radius, where it is down to 1/e
PEAK = 10.0  # mW m-2
STEP_DEG = 0.1, 0.5  # of latitude and longitude, by which a map is summed


def polar_plane(count, edge_deg=45.0, sign=1, turn_deg=20.0):
    """Return latitude, longitude and colatitude, deg, of a square polar stereographic grid [count, count]."""
    along = np.linspace(-1.0, 1.0, count) * 2.0 * np.tan(np.radians(edge_deg) / 2.0)
    x, y = np.meshgrid(along, along)
    colatitude = np.degrees(2.0 * np.arctan(np.hypot(x, y) / 2.0))
    return sign * (90.0 - colatitude), (np.degrees(np.arctan2(x, -y)) + turn_deg + 180.0) % 360.0 - 180.0, colatitude


def ring(rows=41, columns=72, repeated=False, highest=89.5, twist=0.3):
    """Return latitude and longitude, deg, of rings from 50 deg whose meridians are bent."""
    around = np.arange(columns + repeated) * 360.0 / columns
    latitude, longitude = np.meshgrid(np.linspace(50.0, highest, rows), around, indexing="ij")
    return latitude, (longitude + twist * (latitude - 50.0) + 180.0) % 360.0 - 180.0


def spot(latitude, longitude, at=(90.0, 0.0)):
    lat, lon, lat0, lon0 = (np.radians(angle) for angle in (latitude, longitude, *at))
    away = np.sin(lat) * np.sin(lat0) + np.cos(lat) * np.cos(lat0) * np.cos(lon - lon0)
    return PEAK * np.exp(-((np.arccos(np.clip(away, -1.0, 1.0)) / np.radians(SPOT_DEG)) ** 2))


def spot_total():
    """Return the integral of the spot over the sphere, mW m-2 sr."""
    angle = np.linspace(0.0, np.radians(45.0), 20001)
    return 2.0 * np.pi * np.trapezoid(spot(90.0 - np.degrees(angle), 0.0) * np.sin(angle), angle)


def laid(tmp_path, latitude, longitude, flux, names=("latitude", "longitude"), **more):
    path = tmp_path / "map.npz"
    np.savez(path, energy_flux=flux, mean_energy=5.0, **dict(zip(names, (latitude, longitude), strict=True)), **more)
    return read_user_map(path)


def at(file, latitude, longitude):
    return file.at(
        EPOCH, 0.0, latitude_deg=latitude, longitude_deg=longitude, apex_latitude_deg=latitude,
        apex_longitude_deg=longitude, local_time_h=np.asarray(longitude) / 15.0 % 24.0,
    )  # fmt: skip


def total(file, sign=1):
    """Return the integral of a map's flux over a hemisphere, mW m-2 sr."""
    down, across = STEP_DEG
    latitude, longitude = np.meshgrid(
        sign * np.arange(0.5 * down, 90.0, down), np.arange(0.5 * across, 360.0, across), indexing="ij"
    )
    weight = np.cos(np.radians(latitude)) * np.radians(down) * np.radians(across)
    return float((at(file, latitude, longitude)[0] * weight).sum())


def area_sr(corners):
    """Return the areas of spherical triangles of unit vectors [t, 3, 3]: tan(E/2) of Van Oosterom & Strackee 1983."""
    a, b, c = (corners[:, i] for i in range(3))
    below = 1.0 + (a * b).sum(-1) + (b * c).sum(-1) + (c * a).sum(-1)
    return 2.0 * np.arctan2(np.abs(np.linalg.det(corners)), below)


def given_total(latitude, longitude, flux):
    """Return the integral of a grid's flux [y, x], linear in its triangles, mW m-2 sr."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    p = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
    found = 0.0
    for which in (((0, 0), (0, 1), (1, 1)), ((0, 0), (1, 1), (1, 0))):
        cut = [(slice(i, p.shape[0] - 1 + i), slice(j, p.shape[1] - 1 + j)) for i, j in which]
        corners = np.stack([p[c].reshape(-1, 3) for c in cut], axis=1)
        found += (area_sr(corners) * np.mean([flux[c].reshape(-1) for c in cut], axis=0)).sum()
    return found


def test_energy_is_kept_and_the_error_falls_with_the_square_of_the_cells(tmp_path):
    """A Gaussian over the pole: cells of 4.7, 2.4 and 1.2 deg for a radius of 8 deg."""
    errors = []
    for count in (21, 41, 81):
        latitude, longitude, _ = polar_plane(count)
        errors.append(total(laid(tmp_path, latitude, longitude, spot(latitude, longitude))) / spot_total() - 1.0)
    assert np.abs(errors) == pytest.approx([0.0102, 0.0025, 0.0007], rel=0.1)
    assert errors[0] / errors[1] > 3.5 and errors[1] / errors[2] > 3.5


@pytest.mark.parametrize(("count", "within"), [(21, 0.002), (40, 0.0005), (81, 0.0005)])
def test_a_uniform_cap_keeps_its_energy(tmp_path, count, within):
    latitude, longitude, colatitude = polar_plane(count)
    flux = np.where(colatitude < 20.0, PEAK, 0.0)
    file = laid(tmp_path, latitude, longitude, flux)
    assert total(file) == pytest.approx(given_total(latitude, longitude, flux), rel=within)
    assert at(file, 90.0, 0.0)[0] == pytest.approx(PEAK, rel=1e-6)


def test_a_uniform_map_is_uniform_over_pole_and_date_line(tmp_path):
    latitude, longitude, _ = polar_plane(40)  # the pole in the middle of a cell, on the edge of its triangles
    file = laid(tmp_path, latitude, longitude, np.full(latitude.shape, 7.0))
    rows, columns = np.meshgrid(np.linspace(47.0, 90.0, 200), np.linspace(-180.0, 180.0, 181), indexing="ij")
    flux, energy, inside = at(file, rows, columns)
    assert flux == pytest.approx(7.0, rel=1e-6) and inside == pytest.approx(1.0) and energy == pytest.approx(5.0)
    assert file.hemispheres == (1,) and file.longitude.closed


@pytest.mark.parametrize("highest", [90.0, 89.5])
@pytest.mark.parametrize("repeated", [False, True])
def test_rings_close_with_their_first_column_repeated_or_not(tmp_path, repeated, highest):
    latitude, longitude = ring(repeated=repeated, highest=highest)
    file = laid(tmp_path, latitude, longitude, spot(latitude, longitude, (75.0, 0.0)))
    assert total(file) == pytest.approx(spot_total(), rel=0.003)
    assert at(file, 90.0, 0.0)[2] == pytest.approx(1.0)
    seam = longitude[20, 0] - 2.5  # midway between the last column and the first
    assert at(file, latitude[20, 0], seam)[0] == pytest.approx(spot(latitude[20, 0], seam, (75.0, 0.0)), rel=0.02)


@pytest.mark.parametrize("turned", [np.transpose, np.flipud, np.fliplr, np.rot90])
def test_rings_may_lie_any_way(tmp_path, turned):
    latitude, longitude = ring()
    plain = total(laid(tmp_path, latitude, longitude, spot(latitude, longitude)))
    other = [np.ascontiguousarray(turned(v)) for v in (latitude, longitude, spot(latitude, longitude))]
    assert total(laid(tmp_path, *other)) == pytest.approx(plain, rel=1e-3)


def test_the_pole_of_a_ring_gets_its_mean_and_a_wide_hole_stays(tmp_path):
    latitude, longitude = ring()
    flux = 5.0 + 3.0 * np.cos(np.radians(longitude))
    assert at(laid(tmp_path, latitude, longitude, flux), 90.0, 0.0)[0] == pytest.approx(5.0, rel=1e-5)
    latitude, longitude = ring(highest=86.0)
    file = laid(tmp_path, latitude, longitude, np.full(latitude.shape, 5.0))
    assert at(file, [90.0, 85.5], [0.0, 0.0])[2] == pytest.approx([0.0, 1.0])


def test_an_open_ring_stays_open(tmp_path):
    latitude, longitude = (v[:, :60] for v in ring(twist=0.0, columns=72))
    latitude = latitude + 0.1 * np.sin(np.radians(longitude))
    file = laid(tmp_path, latitude, longitude, np.full(latitude.shape, 5.0))
    assert at(file, [70.0, 70.0, 70.0], [100.0, -30.0, 294.0])[2] == pytest.approx([1.0, 0.0, 1.0])


@pytest.mark.parametrize("stacked", ["rows", "rows back", "columns"])
def test_both_hemispheres_in_one_grid(tmp_path, stacked):
    latitude, longitude = ring()
    back = slice(None, None, -1 if stacked == "rows back" else 1)
    axis = 1 if stacked == "columns" else 0
    both = np.concatenate([latitude, -latitude[back]], axis), np.concatenate([longitude, longitude[back]], axis)
    file = laid(tmp_path, *both, spot(np.abs(both[0]), both[1]))
    assert file.hemispheres == (1, -1) and not file.mirrored
    assert [total(file), total(file, -1)] == pytest.approx([spot_total()] * 2, rel=0.003)
    assert at(file, [0.0, 90.0, -90.0], 0.0)[2] == pytest.approx([0.0, 1.0, 1.0])


def test_the_southern_pole(tmp_path):
    latitude, longitude, _ = polar_plane(81, sign=-1)
    file = laid(tmp_path, latitude, longitude, spot(-latitude, longitude))
    assert file.hemispheres == (-1,) and total(file) == 0.0
    assert total(file, -1) == pytest.approx(spot_total(), rel=0.001)


@pytest.mark.parametrize(
    ("second", "per_deg"), [("magnetic_longitude", 1.0), ("magnetic_local_time", 1.0 / 15.0)], ids=["mlon", "mlt"]
)
@pytest.mark.parametrize("both", [0, 1])
def test_magnetic_coordinates_in_two_dimensions(tmp_path, second, per_deg, both):
    latitude, longitude, _ = polar_plane(61)
    names, turn = ("magnetic_latitude", second), 360.0 * per_deg
    flux = spot(latitude, longitude, (80.0, 90.0))
    file = laid(tmp_path, latitude, longitude * per_deg % turn, flux, names, both_hemispheres=both)
    assert total(file) == pytest.approx(spot_total(), rel=0.003)
    assert at(file, 80.0, 90.0)[0] == pytest.approx(PEAK, rel=0.02)
    assert total(file, -1) == pytest.approx(both * spot_total(), rel=0.003)


def test_what_lies_off_the_grid_is_no_data(tmp_path):
    latitude, longitude, colatitude = polar_plane(81)
    flux = np.where(colatitude > 40.0, np.nan, spot(latitude, longitude))
    off = colatitude > 40.0
    file = laid(tmp_path, np.where(off, np.nan, latitude), np.where(off, np.nan, longitude), flux)
    assert total(file) == pytest.approx(spot_total(), rel=0.001) and not file.warnings
    assert at(file, [48.0, 52.0], [0.0, 0.0])[2] == pytest.approx([0.0, 1.0])


def test_a_straight_grid_over_the_date_line_is_its_axes(tmp_path):
    """2-D local times that run from noon over midnight, the first column repeated."""
    latitude, hours = np.meshgrid(np.arange(50.0, 90.0), np.append(np.arange(12.0, 36.0) % 24.0, 12.0), indexing="ij")
    file = laid(tmp_path, latitude, hours, spot(latitude, 15.0 * hours), ("mlat", "mlt"))
    assert file.coverage is None and len(file.longitude.nodes) == 24 and file.longitude.closed
    assert total(file) == pytest.approx(spot_total(), rel=0.004)


def refused(tmp_path, latitude, longitude):
    with pytest.raises(InputError) as caught:
        laid(tmp_path, latitude, longitude, np.ones(latitude.shape))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_no_grid_is_refused_in_one_line(tmp_path):
    rng = np.random.default_rng(1)
    assert "folds over itself" in refused(tmp_path, rng.uniform(50.0, 90.0, (60, 60)), rng.uniform(-180, 180, (60, 60)))
    latitude, longitude, _ = polar_plane(60)
    order = rng.permutation(60)
    assert "folds over itself" in refused(tmp_path, latitude[order], longitude[order])
    assert "the same place" in refused(tmp_path, np.full((5, 5), 90.0), longitude[:5, :5])
    alone = np.where(np.indices((60, 60)).sum(axis=0) % 2 == 0, latitude, np.nan)
    assert "none have four neighbours" in refused(tmp_path, alone, longitude)
    many = np.broadcast_to(latitude[:1, :1], (1500, 1500)).copy()
    assert "2250000 places about a pole; at most 2000000" in meshed(many + 10.0, many, many[None], many[None])
