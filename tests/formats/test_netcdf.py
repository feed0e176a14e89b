"""NetCDF files: every array comes back as it was, with units, and the pixels know where they look."""

from __future__ import annotations

import re
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray

from render.core.errors import OutputError
from render.core.geodesy import geodetic_from_itrs, itrs_from_geodetic, itrs_from_local, lowest_points, tangent_point
from render.core.lines import AURORA_KEYS
from render.emission.columns import COLUMN_KEYS, SUNLIT_KEYS, line_columns, line_name
from render.emission.precipitation import Precipitation
from render.emission.table import EmissionTable, VolumeEmissionRate, emission_table, volume_emission_rate
from render.formats.exr import read_exr
from render.formats.netcdf import (
    CONVENTIONS,
    LONGEST_ATTRIBUTE,
    rayleigh_attributes,
    unit_of_rayleighs,
    write_emission,
    write_emission_table,
)
from render.geophysics.upper_air.thermosphere_file import read_thermosphere
from tests import REFERENCE
from tests.conftest import Run

AIR = REFERENCE / "glow_atmosphere_a.csv"
UDUNITS = {"cm", "m", "km", "nm", "s", "seconds", "mW", "W", "keV", "sr", "degree", "degrees_north", "degrees_east"}
RAYLEIGHS = "795774715.459 m-2 s-1 sr-1"  # 1e10 / (4 pi)
ANGLE_DEG, HEIGHT_KM = 1e-4, 1e-2  # single precision of degrees and of km


@pytest.fixture(scope="module")
def rates() -> VolumeEmissionRate:
    return volume_emission_rate(read_thermosphere(AIR), Precipitation(2.0, 1.0))


def assert_described(dataset: xarray.Dataset) -> None:
    """Every number has units and a name; coordinates have no fill value; the file says what it is."""
    assert dataset.attrs["Conventions"] == CONVENTIONS
    assert {"title", "source", "history"} <= set(dataset.attrs)
    for name, values in dataset.variables.items():
        assert values.attrs.get("long_name"), name
        if values.dtype.kind in "fi" and name != "crs":
            assert "units" in {**values.attrs, **values.encoding}, name
    for name in dataset.coords:
        assert "_FillValue" not in dataset[name].encoding, name


def test_emission(tmp_path: Path, rates: VolumeEmissionRate) -> None:
    path, keys = tmp_path / "e.nc", (*COLUMN_KEYS, *SUNLIT_KEYS)
    write_emission(
        path, rates, keys, {"air": "glow a", "history": "by hand", "scene_toml": "x" * 2 * LONGEST_ATTRIBUTE}
    )
    with xarray.open_dataset(path) as dataset:
        assert_described(dataset)
        assert dataset.volume_emission_rate.dims == ("line", "altitude")
        assert dataset.volume_emission_rate.attrs["units"] == "cm-3 s-1"
        assert dataset.altitude.attrs["axis"] == "Z"
        assert np.array_equal(dataset.altitude, rates.altitude_km)
        assert dataset.line.values.tolist() == list(keys)
        for key in COLUMN_KEYS:
            assert np.array_equal(dataset.volume_emission_rate.sel(line=key), rates.line(key))
        for key, column in line_columns(rates, keys).items():
            assert float(dataset.column_brightness.sel(line=key)) == column.column_r
            assert float(dataset.peak_altitude.sel(line=key)) == column.peak_km
        assert dataset.column_brightness.attrs["units"] == RAYLEIGHS
        assert dataset.attrs["air"] == "glow a"
        assert dataset.attrs["history"].endswith(": by hand")
        assert dataset.scene_toml.item() == "x" * 2 * LONGEST_ATTRIBUTE


def assert_conventional(path: Path) -> None:
    """What CF asks for: coordinates are numbers or characters (6.1), units are UDUNITS's, one latitude for a grid."""
    with h5py.File(path) as file:
        for name, values in file.items():
            along = values.attrs.get("CLASS", b"") == b"DIMENSION_SCALE"
            assert not along or values.dtype.kind in "fiuS", name
            assert values.dtype.kind != "S" or values.ndim == 2, name  # characters along a dimension of their own
    with xarray.open_dataset(path, decode_times=False) as dataset:
        for name, values in dataset.variables.items():
            unit = values.attrs.get("units", "1")
            assert not set(re.findall("[A-Za-z_]+", unit.partition(" since ")[0])) - UDUNITS, name
        for quantity in ("latitude", "longitude"):
            named = [n for n, v in dataset.variables.items() if v.attrs.get("standard_name") == quantity]
            assert len(named) == ("crs" in dataset.variables)
        if "altitude" in dataset:
            assert dataset.altitude.attrs["standard_name"] == "altitude"


def test_a_rayleigh_is_its_number_of_photons() -> None:
    # 1 R is 1e6 photons cm-2 s-1 column-1 over 4 pi sr: 1e10 m-2 s-1 / (4 pi sr)
    factor, _, unit = rayleigh_attributes("")["units"].partition(" ")
    assert float(factor) * 4.0 * np.pi == pytest.approx(1e10, rel=1e-11)
    assert unit == "m-2 s-1 sr-1"
    assert float(unit_of_rayleighs(1e3).split()[0]) == pytest.approx(1e3 * float(factor), rel=1e-11)


def test_files_keep_the_conventions(tmp_path: Path, rates: VolumeEmissionRate, run: Run, fake_renderer: object) -> None:
    write_emission(tmp_path / "e.nc", rates)
    assert_conventional(tmp_path / "e.nc")
    assert run("emission", "--table", "--netcdf", "t.nc")[0] == 0
    assert_conventional(Path("t.nc"))
    assert run("render", "quiet_arc", "--size", "32x18", "-o", "a.nc")[0] == 0
    assert_conventional(Path("a.nc"))


def test_names_of_lines_are_found_as_texts(tmp_path: Path, rates: VolumeEmissionRate) -> None:
    write_emission(tmp_path / "e.nc", rates)
    with xarray.open_dataset(tmp_path / "e.nc") as dataset:
        assert isinstance(dataset.line.values[0], str)
        assert dataset.sel(line="557.7").line_name.item() == line_name("557.7")


def test_dark_column_has_no_peak(tmp_path: Path) -> None:
    write_emission(tmp_path / "e.nc", volume_emission_rate(read_thermosphere(AIR), Precipitation(2.0, 0.0)))
    with xarray.open_dataset(tmp_path / "e.nc") as dataset:
        assert np.isnan(dataset.peak_altitude).all()
        assert (dataset.column_brightness == 0.0).all()


def test_table(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    table = EmissionTable(
        AURORA_KEYS, np.geomspace(0.1, 10.0, 4), np.arange(80.0, 85.0),
        random.random((len(AURORA_KEYS), 4, 5)), random.random((len(AURORA_KEYS), 5)),
    )  # fmt: skip
    write_emission_table(tmp_path / "t.nc", table, {"spectrum": "maxwell"})
    with xarray.open_dataset(tmp_path / "t.nc") as dataset:
        assert_described(dataset)
        assert dataset.volume_emission_rate.dims == ("line", "energy", "altitude")
        assert np.array_equal(dataset.volume_emission_rate, table.rate)
        assert np.array_equal(dataset.lifetime, table.lifetime_s)
        assert np.array_equal(dataset.energy, table.energy_kev)
        assert (dataset.energy.attrs["units"], dataset.lifetime.attrs["units"]) == ("keV", "s")
        assert dataset.attrs["spectrum"] == "maxwell"


def test_command_writes_profile_or_table(run: Run) -> None:
    code, out, err = run("emission", "--thermosphere", AIR.with_name("glow_atmosphere_b.csv"), "--netcdf", "p.nc")
    assert (code, err) == (0, "")
    assert out.endswith("wrote       p.nc\n")
    with xarray.open_dataset("p.nc") as dataset:
        assert dataset.volume_emission_rate.dims == ("line", "altitude")
        assert "--netcdf" not in dataset.attrs["electrons"]
        assert "2 keV" in dataset.attrs["electrons"]
    code, _, err = run("emission", "--table", "--netcdf", "t.nc", "--spectrum", "mono")
    assert (code, err) == (0, "")
    with xarray.open_dataset("t.nc") as dataset:
        assert dataset.volume_emission_rate.dims == ("line", "energy", "altitude")
        assert dataset.attrs["spectrum"] == "mono"
        peak = dataset.volume_emission_rate.sel(line="N2+_1NG").sel(energy=2.0, method="nearest").max()
        assert float(peak) > 0.0


def test_render_writes_what_the_exr_holds(run: Run, fake_renderer: list[float]) -> None:
    code, out, err = run("render", "quiet_arc", "--size", "32x18", "-o", "a.nc", "-o", "a.exr")
    assert (code, err) == (0, "")
    assert out.startswith("a.nc, a.exr: 32x18")
    lines, sky, header = read_exr("a.exr")
    with xarray.open_dataset("a.nc") as dataset:
        assert_described(dataset)
        assert np.array_equal(dataset.rayleighs, lines.rayleighs)
        assert dataset.rayleighs.dims == ("line", "row", "column")
        assert dataset.rayleighs.attrs["units"] == RAYLEIGHS
        assert np.array_equal(dataset.radiance, sky.radiance)
        assert np.array_equal(dataset.wavelength, sky.wavelengths_nm)
        assert dataset.radiance.attrs["units"] == "W m-2 sr-1 nm-1"
        assert dataset.line.values.tolist() == list(lines.keys)
        assert str(dataset.time.values)[:19] == "2015-01-18T05:30:00"
        assert dataset.attrs["scene"] == "quiet_arc"
        assert dataset.attrs["scene_toml"] == header["scene_toml"]
        assert {"latitude", "longitude", "tangent_altitude", "azimuth", "elevation"} <= set(dataset.rayleighs.coords)
    assert len(fake_renderer) == 1


def test_pixels_know_where_they_look(run: Run, fake_renderer: list[float]) -> None:
    # Closed form: the camera of this scene looks straight down from 45 N, 84 W.
    assert run("render", "uniform_slab", "--size", "33x33", "-o", "down.nc")[0] == 0
    with xarray.open_dataset("down.nc") as dataset:
        middle = dataset.sel(row=17, column=17)
        assert float(middle.latitude) == pytest.approx(float(dataset.observer_latitude), abs=ANGLE_DEG)
        assert float(middle.longitude) == pytest.approx(float(dataset.observer_longitude), abs=ANGLE_DEG)
        assert float(middle.elevation) == pytest.approx(-90.0, abs=1e-3)
        assert float(middle.tangent_altitude) == 0.0


def test_lowest_points() -> None:
    position = itrs_from_geodetic(45.0, 10.0, 400.0)
    east, north, up = itrs_from_local(45.0, 10.0).T
    limb = np.cos(np.radians(18.0)) * east - np.sin(np.radians(18.0)) * up
    latitude, longitude, altitude = lowest_points(position, np.stack([up, -up, limb, -north - up]))
    assert altitude[:2] == pytest.approx([400.0, 0.0], abs=1e-6)
    assert latitude[:2] == pytest.approx([45.0, 45.0], abs=1e-9)
    assert longitude[:2] == pytest.approx([10.0, 10.0], abs=1e-9)
    distance, height = tangent_point(position, limb)
    assert altitude[2] > 50.0
    assert altitude[2] == pytest.approx(float(height))
    assert longitude[2] == pytest.approx(float(geodetic_from_itrs(position + distance * limb)[1]))
    assert (altitude[3], latitude[3] < 45.0) == (0.0, True)


def test_place_that_cannot_be_written(tmp_path: Path, rates: VolumeEmissionRate) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        write_emission(tmp_path / "no" / "e.nc", rates)


def test_real_table_of_a_file_has_the_columns_of_the_profile(rates: VolumeEmissionRate, tmp_path: Path) -> None:
    table = emission_table(read_thermosphere(AIR.with_name("glow_atmosphere_b.csv")))
    write_emission_table(tmp_path / "t.nc", table)
    with xarray.open_dataset(tmp_path / "t.nc") as dataset:
        assert np.array_equal(dataset.volume_emission_rate, table.rate)
