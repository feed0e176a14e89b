"""A user map of precipitation: read as written, between its nodes by closed forms, at its instants."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.geophysics.forms.oval import energy_flux_and_mean_energy
from render.geophysics.user_map.file import read_user_map

EPOCH = Epoch.parse("2015-01-28T09:45:00Z")
SINGLE = 2e-6  # relative: maps are kept in single precision
GRID = 0.03  # relative to the peak: linear between nodes 0.5 deg x 0.25 h apart against the oval itself
LATITUDES, LONGITUDES = np.arange(60.0, 71.0), np.arange(-120.0, -79.0, 2.0)


def write(path, units=None, **variables):
    """Write a map as .npz, or as NetCDF after the file's ending; `units`: of variables by name."""
    if path.suffix == ".npz":
        np.savez_compressed(path, **variables, **{f"{name}_units": unit for name, unit in (units or {}).items()})
        return path
    xarray = pytest.importorskip("xarray")
    rows, columns = (next(n for n in variables if n.endswith(ends)) for ends in ("latitude", ("longitude", "time")))
    time = next((n for n in ("time", "time_s") if n in variables), None)
    dims = {1: ("rows",), 2: ("rows", "columns"), 3: ("when", "rows", "columns"), 0: ()}
    layout = {rows: ("rows",), columns: ("columns",), time: ("when",)}
    laid_out = {
        name: (layout.get(name, dims[np.ndim(v)]), v, {"units": units[name]} if units and name in units else {})
        for name, v in variables.items()
        if name != "both_hemispheres"
    }
    attributes = {"both_hemispheres": 1} if variables.get("both_hemispheres") else {}
    xarray.Dataset(laid_out, attrs=attributes).to_netcdf(path, engine="h5netcdf")
    return path


def write_oval(path, kp, step_deg=0.5, step_h=0.25, times=None):
    """Write the statistical oval as OVATION gives it: [magnetic latitude, local time], one hemisphere for both."""
    mlat, mlt = np.arange(50.0, 90.0, step_deg), np.arange(0.0, 24.0, step_h)
    flux, energy = energy_flux_and_mean_energy(mlat[:, None], mlt, kp)
    if times is not None:
        flux = np.stack([flux] * len(times))
    more = {} if times is None else {"time": times}
    return write(path, magnetic_latitude=mlat, magnetic_local_time=mlt, energy_flux=flux, mean_energy=energy,
                 both_hemispheres=1, **more)  # fmt: skip


def geographic(path, flux, energy=5.0, latitude=LATITUDES, longitude=LONGITUDES, **more):
    return write(path, latitude=latitude, longitude=longitude, energy_flux=flux, mean_energy=energy, **more)


def at(file, latitude, longitude, time_s=0.0, **more):
    return file.at(EPOCH, time_s, latitude_deg=latitude, longitude_deg=longitude, **more)


@pytest.mark.parametrize("ending", [".npz", ".nc"])
def test_an_oval_is_read_back_to_the_accuracy_of_its_grid(tmp_path, ending):
    file = read_user_map(write_oval(tmp_path / f"oval{ending}", 5.0))
    assert (file.system, file.hemispheres, file.mirrored, file.warnings) == ("magnetic_local_time", (1, -1), True, ())
    mlat, mlt = np.meshgrid(np.linspace(-75.0, -55.0, 81), np.linspace(-3.0, 27.0, 67))
    flux, energy, inside = file.at(EPOCH, 0.0, apex_latitude_deg=mlat, local_time_h=mlt)
    wanted, hardness = energy_flux_and_mean_energy(mlat, mlt % 24.0, 5.0)
    assert np.abs(flux - wanted).max() < GRID * wanted.max()
    bright = wanted > 0.1 * wanted.max()
    assert energy[bright] == pytest.approx(hardness[bright], rel=GRID)
    assert (inside == 1.0).all()
    assert file.spacing_km == pytest.approx(np.sqrt(56.5 * 176.0), rel=0.1)  # 0.5 deg, and 0.25 h at 66 deg


def test_a_finer_grid_is_nearer_to_the_oval_and_carries_the_same_power(tmp_path):
    mlat, mlt = np.meshgrid(np.arange(50.05, 90.0, 0.1), np.arange(0.05, 24.0, 0.1), indexing="ij")
    wanted, _ = energy_flux_and_mean_energy(mlat, mlt, 4.0)
    errors, powers = [], []
    for step_deg, step_h in ((1.0, 0.5), (0.5, 0.25)):
        file = read_user_map(write_oval(tmp_path / f"{step_deg}.npz", 4.0, step_deg, step_h))
        flux, _, _ = file.at(EPOCH, 0.0, apex_latitude_deg=mlat, local_time_h=mlt)
        errors.append(np.abs(flux - wanted).max())
        powers.append((flux * np.cos(np.radians(mlat))).sum())
    assert errors[1] < 0.5 * errors[0]
    assert powers == pytest.approx([(wanted * np.cos(np.radians(mlat))).sum()] * 2, rel=0.01)


@pytest.mark.parametrize("longitudes", [LONGITUDES, LONGITUDES + 280.0, np.array([179.0, 180.5, 184.0, 190.0])])
def test_a_plane_is_reproduced_also_across_the_date_line(tmp_path, longitudes):
    def plane(y, x):
        return 40.0 + 2.0 * (y - 60.0) + 0.5 * (x - longitudes[0])

    file = read_user_map(
        geographic(tmp_path / "plane.npz", plane(LATITUDES[:, None], longitudes), longitude=longitudes)
    )
    y, x = np.meshgrid(np.linspace(60.0, 70.0, 23), np.linspace(longitudes[0], longitudes[-1], 31))
    for turn in (-360.0, 0.0, 360.0):
        flux, energy, inside = at(file, y, x + turn)
        assert flux == pytest.approx(plane(y, x), rel=SINGLE)
        assert energy == pytest.approx(5.0, rel=SINGLE)
        assert inside == pytest.approx(1.0)


def test_a_line_is_reproduced_across_midnight(tmp_path):
    mlt = np.array([21.0, 22.5, 23.0, 24.5, 27.0])
    flux = np.broadcast_to(mlt, (11, 5))
    file = read_user_map(write(tmp_path / "m.npz", mlat=LATITUDES, mlt=mlt, energy_flux=flux, mean_energy=2.0))
    found, _, _ = file.at(EPOCH, 0.0, apex_latitude_deg=np.full(4, 65.0), local_time_h=np.array([22.0, 23.9, 0.2, 2.0]))
    assert found == pytest.approx([22.0, 23.9, 24.2, 26.0], rel=SINGLE)
    assert file.reach(-1) is None
    assert file.reach(1) == pytest.approx((59.0, 71.0, 19.5, 29.5))


def test_falling_axes_equal_rising_ones(tmp_path):
    flux = np.random.default_rng(1).uniform(0.0, 20.0, (11, 21))
    energy = np.random.default_rng(2).uniform(0.5, 20.0, (11, 21))
    rising = read_user_map(geographic(tmp_path / "a.npz", flux, energy))
    falling = read_user_map(
        geographic(tmp_path / "b.npz", flux[::-1, ::-1], energy[::-1, ::-1], LATITUDES[::-1], LONGITUDES[::-1])
    )
    points = np.random.default_rng(3).uniform([58.0, -125.0], [72.0, -75.0], (200, 2)).T
    for one, other in zip(at(rising, *points), at(falling, *points), strict=True):
        assert (one == other).all()


@pytest.mark.parametrize("ending", [".npz", ".nc"])
@pytest.mark.parametrize(
    ("units", "factor"),
    [("W m-2", 1e-3), ("W m**-2", 1e-3), ("erg cm-2 s-1", 1.0), ("ergs/cm2/s", 1.0), ("mW/m^2", 1.0), ("mW·m⁻²", 1.0)],
)
def test_units_are_converted(tmp_path, ending, units, factor):
    flux = np.random.default_rng(1).uniform(0.0, 20.0, (11, 21))
    named = {"energy_flux": units, "mean_energy": "eV"}
    file = read_user_map(geographic(tmp_path / f"w{ending}", factor * flux, np.full((11, 21), 3000.0), units=named))
    found, energy, _ = at(file, LATITUDES[:, None], LONGITUDES)
    assert found == pytest.approx(flux, rel=SINGLE)
    assert energy == pytest.approx(3.0, rel=SINGLE)


def test_both_formats_and_any_order_of_named_dimensions_are_one_map(tmp_path):
    xarray = pytest.importorskip("xarray")
    flux = np.random.default_rng(1).uniform(0.0, 20.0, (3, 11, 21))
    when = np.array(["2015-01-28T09:45", "2015-01-28T09:46", "2015-01-28T09:48"], "datetime64[ns]")
    plain = read_user_map(geographic(tmp_path / "a.npz", flux, time=when))
    texts = read_user_map(geographic(tmp_path / "b.npz", flux, time=[f"{t}Z" for t in when.astype("datetime64[s]")]))
    dataset = xarray.Dataset(
        {"energy_flux": (("lon", "height", "time", "lat"), flux.transpose(2, 0, 1)[:, None]), "mean_energy": ((), 5.0)},
        {"lat": LATITUDES, "lon": LONGITUDES, "time": when, "height": [110.0]},
    )
    dataset.to_netcdf(tmp_path / "c.nc", engine="h5netcdf")
    named = read_user_map(tmp_path / "c.nc")
    dataset.assign_coords(time=[f"{t}Z" for t in when.astype("datetime64[s]")]).to_netcdf(tmp_path / "d.nc")
    named_texts = read_user_map(tmp_path / "d.nc")
    for other in (plain, texts, named, named_texts):
        assert other.times.first == EPOCH
        assert (other.flux == plain.flux).all()
        assert (other.times.time_s == [0.0, 60.0, 180.0]).all()


def test_time_is_linear_and_ends(tmp_path):
    flux = np.stack([np.full((11, 21), value) for value in (1.0, 4.0, 0.5)])
    when = np.datetime64("2015-01-28T09:45:00", "ms") + np.array([0, 60, 70], "m8[s]")
    file = read_user_map(geographic(tmp_path / "t.npz", flux, time=when))
    for time_s, wanted in ((0.0, 1.0), (30.0, 2.5), (60.0, 4.0), (68.0, 1.2), (70.0, 0.5)):
        assert at(file, 65.0, -100.0, time_s)[0] == pytest.approx(wanted, rel=SINGLE)
        plane, moment = file.plane(EPOCH, time_s)
        assert plane == pytest.approx(np.full((11, 21), wanted), rel=SINGLE)
        assert moment / plane == pytest.approx(np.log(5.0), rel=SINGLE)
    with pytest.raises(InputError, match=r"2015-01-28T09:46:11Z is outside the file's times, 2015-01-28T09:45:00Z to"):
        at(file, 65.0, -100.0, 71.0)
    assert at(file, 65.0, -100.0, 71.0, hold=True)[0] == pytest.approx(0.5, rel=SINGLE)
    assert at(file, 65.0, -100.0, -500.0, hold=True)[0] == pytest.approx(1.0, rel=SINGLE)
    later = Epoch(datetime.fromisoformat("2015-01-28T09:45:30+00:00"))
    assert file.at(later, 0.0, latitude_deg=65.0, longitude_deg=-100.0)[0] == pytest.approx(2.5, rel=SINGLE)


@pytest.mark.parametrize("ending", [".npz", ".nc"])
def test_seconds_count_from_the_scene(tmp_path, ending):
    flux = np.stack([np.full((11, 21), value) for value in (1.0, 4.0)])
    file = read_user_map(geographic(tmp_path / f"s{ending}", flux, time_s=np.array([-10.0, 10.0])))
    for epoch in (EPOCH, Epoch.parse("1990-01-01T00:00:00Z")):
        found, _, _ = file.at(epoch, 0.0, latitude_deg=65.0, longitude_deg=-100.0)
        assert found == pytest.approx(2.5, rel=SINGLE)
    with pytest.raises(InputError, match=r"11 s after the scene's time is outside"):
        at(file, 65.0, -100.0, 11.0)


def test_a_gap_in_time_is_doubtful(tmp_path):
    when = np.array([0.0, 1.0, 2.0, 3.0, 9.0, 10.0])
    file = read_user_map(geographic(tmp_path / "g.npz", np.ones((6, 11, 21)), time_s=when))
    assert len(file.warnings) == 1
    assert "a gap from 3 s after the scene's time to 9 s" in file.warnings[0]


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.floats(60.0, 70.0), st.floats(-120.0, -80.0), st.floats(0.0, 1.0))
def test_values_stay_between_those_of_the_corners(tmp_path_factory, seed, latitude, longitude, time_s):
    rng = np.random.default_rng(seed)
    flux = rng.uniform(0.0, 30.0, (2, 11, 21)) * (rng.random((2, 11, 21)) < 0.6)
    energy = np.exp(rng.uniform(-3.0, 4.0, (2, 11, 21)))
    file = read_user_map(geographic(tmp_path_factory.mktemp("f") / "h.npz", flux, energy, time_s=np.array([0.0, 1.0])))
    found, keV, inside = at(file, latitude, longitude, time_s)
    i, j = min(int(latitude - 60.0), 9), min(int((longitude + 120.0) / 2.0), 19)
    corners, hardness = flux[:, i : i + 2, j : j + 2], energy[:, i : i + 2, j : j + 2]
    assert corners.min() - 1e-5 <= found <= corners.max() + 1e-5
    assert inside == pytest.approx(1.0, abs=1e-14)  # a sum of products of weights
    if found > 1e-3:
        lit = hardness[corners > 0.0]
        assert lit.min() * (1.0 - 1e-5) <= keV <= lit.max() * (1.0 + 1e-5)


def test_energy_is_weighted_by_flux(tmp_path):
    flux, energy = np.zeros((11, 21)), np.full((11, 21), np.nan)  # 0 / 0 where nothing comes down
    flux[5, 10], energy[5, 10] = 30.0, 8.0
    flux[5, 11], energy[5, 11] = 10.0, 2.0
    file = read_user_map(geographic(tmp_path / "e.npz", flux, energy))
    assert at(file, 65.4, -100.0)[1] == pytest.approx(8.0, rel=SINGLE)
    assert at(file, 65.0, -99.0)[1] == pytest.approx(np.exp((3.0 * np.log(8.0) + np.log(2.0)) / 4.0), rel=1e-5)
    assert np.isfinite(at(file, 61.0, -90.0)[1])


def test_a_regional_map_fades_over_one_cell_and_keeps_its_integral(tmp_path):
    file = read_user_map(geographic(tmp_path / "r.npz", np.full((11, 21), 6.0)))
    flux, _, inside = at(file, np.array([65.0, 70.5, 71.0, 60.0, 65.0, np.nan]),
                         np.array([-79.0, -100.0, -100.0, -100.0, 60.0, -100.0]))  # fmt: skip
    assert flux == pytest.approx([3.0, 3.0, 0.0, 6.0, 0.0, 0.0], rel=SINGLE)
    assert inside == pytest.approx([0.5, 0.5, 0.0, 1.0, 0.0, 0.0])
    y, x = np.meshgrid(np.arange(58.05, 72.0, 0.1), np.arange(-123.9, -76.0, 0.2))
    assert at(file, y, x)[0].sum() * 0.1 * 0.2 == pytest.approx(6.0 * 11 * 21 * 2.0, rel=1e-3)
    assert file.reach(1) == pytest.approx((59.0, 71.0, -122.0, -78.0))
    assert file.reach(-1) is None


def test_the_share_of_a_view_that_is_lit(tmp_path):
    flux = np.zeros((11, 21))
    flux[:, :10] = 5.0
    file = read_user_map(geographic(tmp_path / "v.npz", flux))
    view = {"latitude_deg": np.full(200, 65.0), "longitude_deg": np.linspace(-120.0, -80.0, 200)}
    assert file.share_lit(EPOCH, 0.0, **view) == pytest.approx(0.5, abs=0.01)
    away = {"latitude_deg": np.full(9, -65.0), "longitude_deg": np.full(9, -100.0)}
    assert file.share_lit(EPOCH, 0.0, **away) == 0.0
    with pytest.raises(ValueError, match="needs both coordinates"):
        file.at(EPOCH, 0.0, apex_latitude_deg=np.ones(2), apex_longitude_deg=np.ones(2))


@pytest.mark.parametrize("side", [1, -1])
def test_magnetic_maps_hold_in_their_hemisphere_unless_both(tmp_path, side):
    flux = np.full((11, 21), 3.0)
    given = {"mlat": side * LATITUDES, "mlon": LONGITUDES, "energy_flux": flux, "mean_energy": 1.0}
    one = read_user_map(write(tmp_path / "one.npz", **given))
    both = read_user_map(write(tmp_path / "both.npz", **given, both_hemispheres=1))
    points = {"apex_latitude_deg": np.array([65.0, -65.0]), "apex_longitude_deg": np.full(2, -100.0)}
    assert one.at(EPOCH, 0.0, **points)[0] == pytest.approx([3.0, 0.0] if side > 0 else [0.0, 3.0])
    assert both.at(EPOCH, 0.0, **points)[0] == pytest.approx([3.0, 3.0])
    assert (one.hemispheres, both.hemispheres) == ((side,), (1, -1))
    assert one.reach(-side) is None
    assert both.reach(-1) == pytest.approx((-71.0, -59.0, -122.0, -78.0))
    assert both.reach(1) == pytest.approx((59.0, 71.0, -122.0, -78.0))


@pytest.mark.parametrize("repeated", [True, False])
def test_a_global_map_closes_and_reaches_the_pole(tmp_path, repeated):
    longitude = np.linspace(-180.0, 180.0, 73)[: None if repeated else -1]
    latitude = np.arange(-89.0, 90.0, 2.0)
    flux = 5.0 + np.cos(np.radians(longitude)) * np.cos(np.radians(latitude))[:, None]
    file = read_user_map(geographic(tmp_path / "w.npz", flux, latitude=latitude, longitude=longitude))
    assert file.warnings == ()
    assert (file.hemispheres, file.longitude.closed, len(file.longitude.nodes)) == ((1, -1), True, 72)
    y = np.array([90.0, 90.0, 0.0, -90.0, 60.0])
    x = np.array([0.0, 77.0, 179.0, 5.0, -177.5])
    assert at(file, y, x)[0] == pytest.approx(5.0 + np.cos(np.radians(x)) * np.cos(np.radians(y)), abs=2e-3)
    assert file.reach(1) == (0.0, 90.0, None, None)


def test_the_ends_of_a_circle_that_differ_are_doubtful(tmp_path):
    flux = np.ones((11, 37))
    flux[:, -1] = 2.0
    file = read_user_map(geographic(tmp_path / "d.npz", flux, longitude=np.linspace(0.0, 360.0, 37)))
    assert "differs by 1 mW m-2 between the two ends" in file.warnings[0]


def test_an_unchanged_file_is_read_once_and_a_changed_one_anew(tmp_path):
    path = geographic(tmp_path / "c.npz", np.full((11, 21), 1.0))
    first = read_user_map(path)
    assert read_user_map(path) is first
    geographic(path, np.full((11, 21), 2.0))
    assert read_user_map(path).flux.max() == 2.0
