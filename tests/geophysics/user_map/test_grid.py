"""Between the nodes of a user's map: planes, circles, poles, edges and curved grids, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.core.epoch import Epoch
from render.geophysics.user_map.file import read_user_map
from render.geophysics.user_map.grid import Axis, circle, poles_to_reach, with_poles
from render.geophysics.user_map.regrid import separable, straightened, unrolled

SINGLE = 2e-6  # relative: maps are kept in single precision


def between(axis: Axis, values, at):
    """Return values of nodes, linear between them."""
    place = axis.place(at)
    return values[place.low] * (1.0 - place.weight) + values[place.high] * place.weight


def test_a_line_is_reproduced_on_uneven_nodes():
    nodes = np.array([50.0, 51.0, 53.0, 58.0, 59.5])
    at = np.linspace(50.0, 59.5, 77)
    assert between(Axis(nodes), 3.0 * nodes - 1.0, at) == pytest.approx(3.0 * at - 1.0, rel=1e-14)
    assert (Axis(nodes).place(at).inside == 1.0).all()


@pytest.mark.parametrize("shift", [-360.0, 0.0, 360.0])
def test_a_regional_axis_across_the_date_line_is_a_line(shift):
    nodes = np.array([170.0, 174.0, 181.0, 190.0])
    at = np.array([171.0, 179.9, -179.9 + 360.0, 185.0])
    assert between(Axis(nodes, 360.0), nodes, at + shift) == pytest.approx(at, rel=1e-13)


@pytest.mark.parametrize(
    ("nodes", "turn", "closed"),
    [
        (np.arange(0.0, 360.0, 2.0), 360.0, True),
        (np.linspace(0.0, 360.0, 181), 360.0, True),
        (np.linspace(-180.0, 180.0, 19), 360.0, True),
        (np.arange(-179.5, 180.0, 1.0), 360.0, True),
        (np.arange(0.0, 24.0, 0.25), 24.0, True),
        (np.arange(-12.0, 12.0, 1.0), 24.0, True),
        (np.arange(0.0, 350.0, 5.0), 360.0, False),
        (np.arange(18.0, 30.1, 0.5), 24.0, False),
        (np.array([0.0, 180.0]), 360.0, False),
    ],
)
def test_circles_are_known_by_their_span(nodes, turn, closed):
    axis, repeated = circle(nodes, turn)
    assert axis.closed is closed
    assert repeated == (np.ptp(nodes) == turn)
    assert len(axis.nodes) == len(nodes) - repeated


@given(st.floats(-800.0, 800.0))
def test_a_closed_axis_is_periodic_and_continuous(at):
    axis, _ = circle(np.arange(0.0, 360.0, 10.0), 360.0)
    values = np.cos(np.radians(axis.nodes))
    found = between(axis, values, at)
    assert found == pytest.approx(between(axis, values, at + 360.0), abs=1e-9)
    # Linear interpolation of a cosine: off by step^2 / 8 at most.
    assert found == pytest.approx(np.cos(np.radians(at)), abs=np.radians(10.0) ** 2 / 8.0)


def test_an_axis_fades_over_one_cell():
    axis = Axis(np.array([60.0, 61.0, 63.0]))
    at = np.array([58.9, 59.0, 59.5, 60.0, 63.0, 64.0, 65.0, 66.0, np.nan, np.inf])
    assert axis.place(at).inside == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0])


def test_a_regional_circle_fades_on_either_side_and_is_dark_behind():
    axis, _ = circle(np.array([170.0, 180.0, 190.0]), 360.0)
    assert axis.place(np.array([165.0, -165.0, 0.0, -170.0])).inside == pytest.approx([0.5, 0.5, 0.0, 1.0])


@given(st.floats(0.5, 40.0), st.floats(0.0, 300.0), st.floats(-400.0, 400.0))
def test_fades_of_the_two_ends_never_overlap(step, span, at):
    nodes = np.array([0.0, step, step + 0.5 * span, step + span + 1.0])
    axis = Axis(np.unique(nodes), 360.0)
    before, after = axis.fade
    assert np.ptp(axis.nodes) + before + after <= 360.0 + 1e-9
    assert 0.0 <= axis.place(at).inside <= 1.0


def test_the_pole_is_one_place():
    latitude = Axis(np.array([87.0, 88.0, 89.0]))
    flux = np.random.default_rng(1).uniform(0.0, 5.0, (2, 3, 8)).astype(np.float32)
    energy = np.log(np.random.default_rng(2).uniform(1.0, 9.0, (2, 3, 8))).astype(np.float32)
    axis, more, energies = with_poles(latitude, flux, energy)
    assert axis.nodes.tolist() == [87.0, 88.0, 89.0, 90.0]
    assert (more[:, :3] == flux).all()
    assert more[:, 3] == pytest.approx(np.repeat(flux[:, 2].mean(axis=-1), 8).reshape(2, 8), rel=SINGLE)
    weighted = (flux[:, 2] * energy[:, 2]).sum(-1) / flux[:, 2].sum(-1)
    assert energies[:, 3] == pytest.approx(np.repeat(weighted, 8).reshape(2, 8), rel=SINGLE)


def test_a_parallel_at_the_pole_is_replaced_and_a_distant_one_left():
    flux = np.arange(8.0, dtype=np.float32).reshape(1, 2, 4)
    axis, there, _ = with_poles(Axis(np.array([-90.0, -80.0])), flux, np.zeros((1, 2, 4), np.float32))
    assert axis.nodes.tolist() == [-90.0, -80.0]
    assert there[0].tolist() == [[1.5] * 4, [4.0, 5.0, 6.0, 7.0]]
    assert poles_to_reach(Axis(np.arange(50.0, 80.5))) == (False, False)


def curved(count=41, turn_deg=30.0, centre=(65.0, 179.0), size_deg=6.0):
    """Return latitude and longitude of a square grid that stands askew and bent, across the date line."""
    y, x = np.meshgrid(np.linspace(-1.0, 1.0, count), np.linspace(-1.0, 1.0, count), indexing="ij")
    x, y = x + 0.1 * y * y, y + 0.1 * x * x
    c, s = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    latitude = centre[0] + 0.5 * size_deg * (c * y + s * x)
    longitude = centre[1] + 0.5 * size_deg * (c * x - s * y) / np.cos(np.radians(centre[0]))
    return latitude, (longitude + 180.0) % 360.0 - 180.0


def test_a_plane_survives_straightening():
    latitude, longitude = curved()
    plane = (10.0 + 0.5 * (latitude - 65.0) + 0.1 * (unrolled(longitude) - 179.0))[None]
    straight = straightened(latitude, longitude, plane, np.full_like(plane, np.log(4.0)))
    known = straight.coverage == 1.0
    mean = np.meshgrid(straight.latitude_deg, straight.longitude_deg, indexing="ij")
    longitudes = (mean[1] + 180.0 - 179.0) % 360.0 - 180.0
    wanted = 10.0 + 0.5 * (mean[0] - 65.0) + 0.1 * longitudes
    assert 0.4 < known.mean() < 0.9
    assert straight.flux[0][known] == pytest.approx(wanted[known], rel=SINGLE)
    assert straight.log_energy[0][known] == pytest.approx(np.log(4.0), rel=SINGLE)
    assert (straight.flux[0][~known] == 0.0).all()


def test_straightening_covers_the_area_and_keeps_the_integral():
    latitude, longitude = curved(count=61, size_deg=4.0)
    along = unrolled(longitude) - 179.0
    flux = np.exp(-(((latitude - 65.0) / 0.5) ** 2) - (along / 1.2) ** 2)[None]
    straight = straightened(latitude, longitude, flux, np.zeros_like(flux))
    cell = np.diff(straight.latitude_deg)[0] * np.diff(straight.longitude_deg)[0]
    assert straight.flux.sum() * cell == pytest.approx(np.pi * 0.5 * 1.2, rel=0.02)  # of a Gaussian, in deg^2
    corners = [(0, 0), (0, -1), (-1, -1), (-1, 0)]
    ring = np.concatenate([latitude[0], latitude[1:, -1], latitude[-1, -2::-1], latitude[-2:0:-1, 0]])
    across = np.concatenate([along[0], along[1:, -1], along[-1, -2::-1], along[-2:0:-1, 0]])
    area = 0.5 * abs(np.sum(ring * np.roll(across, -1) - np.roll(ring, -1) * across))  # shoelace
    assert straight.coverage.sum() * cell == pytest.approx(area, rel=0.03)
    assert len({latitude[c] for c in corners}) == 4


def test_pixels_without_a_place_are_left_out():
    latitude, longitude = curved()
    gone = np.hypot(*np.meshgrid(np.linspace(-1, 1, 41), np.linspace(-1, 1, 41))) > 0.8
    latitude[gone] = longitude[gone] = np.nan
    straight = straightened(latitude, longitude, np.where(gone, 0.0, 7.0)[None], np.zeros((1, 41, 41)))
    assert set(np.unique(straight.flux)) == {np.float32(0.0), np.float32(7.0)}
    assert (straight.flux[0] > 0.0).sum() == straight.coverage.sum()


def test_soft_neighbours_do_not_soften_an_arc_in_straightening():
    latitude, longitude = curved()
    flux = np.zeros((1, 41, 41))
    flux[0, 20] = 50.0
    straight = straightened(latitude, longitude, flux, np.log(np.where(flux > 0.0, 8.0, 0.1)))
    lit = straight.flux[0] > 0.0
    assert np.exp(straight.log_energy[0][lit]) == pytest.approx(8.0, rel=1e-5)


def test_straight_grids_are_known():
    y, x = np.meshgrid(np.array([60.0, 61.0, 63.0]), np.array([10.0, 12.0]), indexing="ij")
    rows, columns, swapped = separable(y, x)
    assert (rows.tolist(), columns.tolist(), swapped) == ([60.0, 61.0, 63.0], [10.0, 12.0], False)
    rows, columns, swapped = separable(y.T, x.T)
    assert (rows.tolist(), columns.tolist(), swapped) == ([60.0, 61.0, 63.0], [10.0, 12.0], True)
    assert separable(*curved()) is None


def test_what_cannot_be_straightened_is_said():
    flux = np.ones((1, 10, 30))
    assert "same place" in straightened(np.full((4, 4), 60.0), np.full((4, 4), 9.0), np.ones((1, 4, 4)), flux)
    rng = np.random.default_rng(3)
    disorder = rng.uniform(60.0, 70.0, (400, 400)), rng.uniform(0.0, 20.0, (400, 400))
    assert "folds" in straightened(*disorder, np.ones((1, 400, 400)), np.zeros((1, 400, 400)))


def flux_at(file, latitude, longitude):
    return file.at(Epoch.parse("2015-01-28T09:45:00Z"), 0.0, latitude_deg=latitude, longitude_deg=longitude)


@pytest.mark.parametrize("ending", [".npz", ".nc"])
def test_an_all_sky_image_lies_where_its_pixels_do(tmp_path, ending):
    y, x = np.meshgrid(np.linspace(-1.0, 1.0, 61), np.linspace(-1.0, 1.0, 61), indexing="ij")
    latitude, longitude = 65.0 + 3.0 * (0.8 * y + 0.6 * x), -147.0 + 7.0 * (0.8 * x - 0.6 * y)
    flux = np.where(np.hypot(x, y) > 0.9, np.nan, 10.0 + y)
    latitude[np.isnan(flux)] = longitude[np.isnan(flux)] = np.nan
    variables = {"latitude": latitude, "longitude": longitude, "energy_flux": flux, "mean_energy": 6.0}
    path = tmp_path / f"sky{ending}"
    if ending == ".npz":
        np.savez(path, **variables)
    else:
        xarray = pytest.importorskip("xarray")
        xarray.Dataset({k: (("y", "x") if np.ndim(v) else (), v) for k, v in variables.items()}).to_netcdf(
            path, engine="h5netcdf"
        )
    file = read_user_map(path)
    inner = np.hypot(x, y) < 0.8
    found, energy, inside = flux_at(file, latitude[inner], longitude[inner])
    assert found == pytest.approx(10.0 + y[inner], rel=1e-5)  # a plane in latitude and longitude
    assert energy == pytest.approx(6.0, rel=1e-5)
    assert inside == pytest.approx(1.0)
    assert flux_at(file, 67.9, -154.0)[2] == 0.0
    assert file.spacing_km == pytest.approx(11.4, rel=0.3)


def test_two_dimensional_coordinates_of_a_straight_grid_are_its_axes(tmp_path):
    flux = np.random.default_rng(1).uniform(0.0, 9.0, (11, 21))
    y, x = np.meshgrid(np.arange(60.0, 71.0), np.arange(-120.0, -79.0, 2.0), indexing="ij")
    np.savez(tmp_path / "m.npz", latitude=y.T, longitude=x.T, energy_flux=flux.T, mean_energy=5.0)
    file = read_user_map(tmp_path / "m.npz")
    assert file.coverage is None
    assert flux_at(file, y, x)[0] == pytest.approx(flux, rel=SINGLE)
