"""Cells without data in a user map, and latitudes counted from the pole."""

from __future__ import annotations

import numpy as np
import pytest

from render.geophysics.user_map.file import read_user_map
from tests.geophysics.user_map.test_file import LATITUDES, LONGITUDES, at, geographic

FILLS = [np.nan, -1e31, np.float32(9.96921e36), -9999.0, -999.9, 1e20]


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("ending", [".npz", ".nc"])
def test_cells_without_data_count_as_0_with_a_warning(tmp_path, fill, ending):
    flux = np.full((11, 21), 5.0, np.float32)
    flux[:4], flux[7, 3] = fill, fill
    energy = np.where(flux == 5.0, 4.0, fill)
    path = geographic(tmp_path / f"map{ending}", flux, energy)
    found = read_user_map(path)
    assert found.warnings == (f"{path}: energy_flux: 85 of 231 values are no data (NaN or fill) and taken as 0",)
    assert np.array_equal(found.flux[0], np.where(flux == 5.0, 5.0, 0.0))
    assert at(found, 68.5, -100.0)[1] == pytest.approx(4.0)


@pytest.mark.parametrize("attribute", ["_FillValue", "missing_value"])
def test_fill_values_that_a_file_declares_are_no_data(tmp_path, attribute):
    xarray = pytest.importorskip("xarray")
    flux = np.full((11, 21), 5.0)
    flux[0] = 7.0
    axes = {"latitude": LATITUDES, "longitude": LONGITUDES, "mean_energy": 4.0}
    dataset = xarray.Dataset({**axes, "energy_flux": (("latitude", "longitude"), flux, {attribute: 7.0})})
    dataset.to_netcdf(tmp_path / "map.nc", engine="h5netcdf")
    found = read_user_map(tmp_path / "map.nc")
    assert found.warnings[0].endswith("21 of 231 values are no data (NaN or fill) and taken as 0")
    assert found.flux[0, 0].max() == 0.0 < found.flux[0, 1].min()


@pytest.mark.parametrize("names", [("colat", "mlt"), ("colatitude", "magnetic_local_time"), ("mcolat", "mlon"),
                                   ("colat", "lon"), ("colatitude", "longitude")])  # fmt: skip
def test_colatitude_stands_for_the_latitude_of_the_other_axis(tmp_path, names):
    magnetic = names[1].startswith("m")
    columns = np.arange(0.0, 24.0) if names[1] in ("mlt", "magnetic_local_time") else np.arange(0.0, 360.0, 15.0)
    colatitude = np.arange(10.0, 40.0, 2.0)
    flux = 40.0 - np.broadcast_to(colatitude[:, None], (15, 24))
    np.savez(tmp_path / "map.npz", **{names[0]: colatitude, names[1]: columns}, energy_flux=flux, mean_energy=4.0)
    found = read_user_map(tmp_path / "map.npz")
    assert found.system.startswith("magnetic") == magnetic
    assert np.array_equal(found.latitude.nodes[:15], 90.0 - colatitude[::-1])
    assert np.array_equal(found.flux[0, :, 0][:15], flux[::-1, 0])


def test_southern_colatitudes_lie_in_the_south(tmp_path):
    colatitude, mlt = np.arange(140.0, 171.0, 2.0), np.arange(0.0, 24.0)
    np.savez(tmp_path / "map.npz", colat=colatitude, mlt=mlt, energy_flux=np.ones((16, 24)), mean_energy=4.0)
    assert read_user_map(tmp_path / "map.npz").hemispheres == (-1,)
