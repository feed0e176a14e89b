"""What is no map of precipitation: one clear line that names file and variable, what was given and what is allowed."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.core.errors import InputError
from render.geophysics.user_map import contents as footprint_contents
from render.geophysics.user_map.file import read_user_map

ROWS, COLUMNS = 11, 21


@pytest.fixture
def good():
    """Return the variables of a map that is good: geographic, steady."""
    return {
        "latitude": np.arange(60.0, 71.0),
        "longitude": np.arange(-120.0, -79.0, 2.0),
        "energy_flux": np.full((ROWS, COLUMNS), 5.0),
        "mean_energy": np.full((ROWS, COLUMNS), 4.0),
    }


@pytest.fixture
def place(tmp_path):
    return tmp_path / "map.npz"


def complaint(path):
    with pytest.raises(InputError) as refused:
        read_user_map(path)
    message = str(refused.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert len(message) < len(str(path)) + 300
    return message.removeprefix(f"{path}: ")


def with_value(variables, name, index, value):
    changed = variables[name].astype(float)
    changed[index] = value
    return {**variables, name: changed}


CHANGES = {
    "flux missing": (lambda v: drop(v, "energy_flux"), r"no variable energy_flux; the file has mean_energy, latitude"),
    "flux misspelt": (lambda v: rename(v, "energy_flux", "Energy_Fluxx"), r"rename Energy_Fluxx to energy_flux\?"),
    "energy missing": (lambda v: drop(v, "mean_energy"), r"no variable mean_energy"),
    "no longitude": (lambda v: drop(v, "longitude"), r"no variable longitude to go with latitude"),
    "no axes": (lambda v: drop(v, "longitude", "latitude"),
                r"no variable latitude and longitude, or magnetic_latitude"),
    "two systems": (lambda v: {**v, "mlat": v["latitude"], "mlt": v["longitude"]},
                    r"more than one system .*mlat and mlt"),
    "two names": (lambda v: {**v, "lat": v["latitude"]}, r"latitude and lat are the same axis; give one"),
    "swapped": (lambda v: {**v, "energy_flux": v["energy_flux"].T},
                r"energy_flux: shape \(21, 11\); allowed: \(11, 21\) for \[latitude, longitude\]; .*swap"),
    "other shape": (lambda v: {**v, "energy_flux": np.ones((5, 6))}, r"shape \(5, 6\); allowed: \(11, 21\)"),
    "maps without times": (lambda v: {**v, "energy_flux": np.ones((3, ROWS, COLUMNS))},
                           r"3 maps need as many values in"),
    "times without maps": (lambda v: {**v, "time_s": [0, 1]},
                           r"shape \(11, 21\); allowed: \(2, 11, 21\) for \[time, lat"),
    "energy's shape": (lambda v: {**v, "mean_energy": np.ones(COLUMNS)}, r"mean_energy: shape \(21,\); allowed"),
    "axis turns back": (lambda v: with_value(v, "latitude", 4, 62.5),
                        r"latitude: 62.5 follows 63; allowed: rising or fall"),
    "axis stands": (lambda v: with_value(v, "latitude", 4, 63.0), r"latitude: 63 follows 63"),
    "date line": (lambda v: {**v, "longitude": (v["longitude"] - 80.0 + 180.0) % 360.0 - 180.0},
                  r"longitude: -180 follows 178; count on past the end of the circle: 178, 180$"),
    "more than a circle": (lambda v: {**v, "longitude": np.linspace(0.0, 400.0, COLUMNS)},
                           r"spans 400; a circle has 360"),
    "no latitude": (lambda v: {**v, "latitude": np.zeros(0)}, r"latitude: shape \(0,\), no values; allowed: 2 or more"),
    "one latitude": (lambda v: {**v, "latitude": [60.0]}, r"latitude: shape \(1,\); allowed: a row of 2 values"),
    "beyond the pole": (lambda v: {**v, "latitude": np.arange(85.0, 96.0)},
                        r"91 deg is out of range; allowed: -90 to 90"),
    "radians": (lambda v: {**v, "latitude": np.radians(v["latitude"])}, r"latitude: .*radians\?"),
    "said radians": (lambda v: {**v, "latitude_units": "radian"}, r'latitude: units "radian"; allowed: degrees'),
    "degrees of MLT": (lambda v: rename(rename(v, "latitude", "mlat"), "longitude", "mlt"),
                       r"mlt: .*is it in degrees\?"),
    "axis NaN": (lambda v: with_value(v, "latitude", 4, np.nan),
                 r"latitude: 1 values are not finite, the first at \[4\]"),
    "axis of words": (lambda v: {**v, "latitude": ["a"] * ROWS}, r"latitude: values of type <U1; allowed: numbers"),
    "flux infinite": (lambda v: with_value(v, "energy_flux", (2, 3), np.inf),
                      r"energy_flux: 1 of 231 values are not finite, the first at latitude 62, longitude -114; "),
    "flux nowhere": (lambda v: {**v, "energy_flux": v["energy_flux"] * np.nan}, r"energy_flux: at most 0 mW m-2"),
    "a fill of one's own": (lambda v: with_value(v, "energy_flux", (slice(4), 3), -7.0),
                            r"-7 at latitude 60, .*; if that means no data, say so in the attribute _FillValue"),
    "percentages": (lambda v: {**v, "energy_flux_units": "%"}, r'units "%"; .*chance of aurora in percent is no'),
    "a probability": (lambda v: rename(v, "energy_flux", "aurora"),
                      r"no variable energy_flux, but aurora: the chance of aurora in percent is no energy flux"),
    "colatitude in radians": (lambda v: {**drop(v, "latitude"), "colat": np.radians(90.0 - v["latitude"])},
                              r"colat: no value is beyond 0.524 deg; is it in radians\?"),
    "colatitude beyond": (lambda v: {**drop(v, "latitude"), "colat": v["latitude"] + 115.0},
                          r"colat: 181 deg is out of range; allowed: 0 to 180"),
    "colatitude turns": (lambda v: with_value({**drop(v, "latitude"), "colat": 90.0 - v["latitude"]}, "colat", 4, 27.5),
                         r"latitude \(90 - colat\): 62.5 follows 63"),
    "latitude twice": (lambda v: {**v, "colatitude": 90.0 - v["latitude"]},
                       r"latitude and colatitude are the same axis; give one"),
    "energy fill": (lambda v: with_value(v, "mean_energy", (0, 0), -1e31),
                    r"mean_energy: 1 of 231 values are not finite.*it is needed, no fill"),
    "flux of words": (lambda v: {**v, "energy_flux": np.full((ROWS, COLUMNS), "x")},
                      r"energy_flux: values of type <U1"),
    "flux negative": (lambda v: with_value(v, "energy_flux", (2, 3), -0.5),
                      r"-0.5 at latitude 62, longitude -114; a flux"),
    "flux in eV": (lambda v: {**v, "energy_flux": v["energy_flux"] * 6e11}, r"energy_flux: 3e\+12 .*eV cm-2 s-1\?"),
    "flux in uW": (lambda v: {**v, "energy_flux": v["energy_flux"] * 2e3}, r"1e\+04 mW m-2 is out of range.*uW m-2\?"),
    "flux in W cm-2": (lambda v: {**v, "energy_flux": v["energy_flux"] * 1e-7}, r"at most 5e-07 mW m-2.*W cm-2\?"),
    "no flux": (lambda v: {**v, "energy_flux": np.zeros((ROWS, COLUMNS))}, r"energy_flux: at most 0 mW m-2"),
    "flux unit": (lambda v: {**v, "energy_flux_units": "kR"}, r'units "kR"; allowed: mW m-2, erg cm-2 s-1, W m-2'),
    "megawatts": (lambda v: {**v, "energy_flux_units": "MW m-2"}, r'units "MW m-2"'),
    "energy in eV": (lambda v: {**v, "mean_energy": v["mean_energy"] * 1e3},
                     r"mean_energy: 4e\+03 keV .*is it in eV\?"),
    "energy in J": (lambda v: {**v, "mean_energy": v["mean_energy"] * 1.6e-16}, r"mean_energy: .*is it in J\?"),
    "energy 0": (lambda v: with_value(v, "mean_energy", (0, 0), 0.0),
                 r"mean_energy: 0 keV at latitude 60, longitude -120"),
    "energy NaN": (lambda v: with_value(v, "mean_energy", (0, 0), np.nan),
                   r"mean_energy: 1 of 231 values are not .*; where there is flux it is needed"),
    "energy unit": (lambda v: {**v, "mean_energy_units": "K"}, r'mean_energy: units "K"; allowed: keV, eV'),
    "both of a globe": (lambda v: {**v, "both_hemispheres": 1}, r"1; only maps in magnetic coordinates"),
    "both and both": (lambda v: {**rename(rename(v, "latitude", "mlat"), "longitude", "mlon"), "both_hemispheres": 1,
                                 "mlat": np.linspace(-80.0, 80.0, ROWS)}, r"has both signs"),
    "both maybe": (lambda v: {**v, "both_hemispheres": 7}, r'both_hemispheres: "7"; allowed: 0 or 1'),
    "2-D unlike": (lambda v: {**v, "latitude": np.ones((3, 4)) * 60.0},
                   r"latitude: shape \(3, 4\), and longitude \(21,\)"),
    "2-D one place": (lambda v: {**v, "latitude": np.full((11, 21), 60.0), "longitude": np.full((11, 21), -90.0)},
                      r"latitude: 60 follows 60; allowed: rising or falling"),
    "2-D disorder": (lambda v: {**v, "latitude": np.repeat(np.roll(v["latitude"], 4)[:, None], 21, 1),
                                "longitude": np.tile(v["longitude"], (11, 1))}, r"latitude: 60 follows 70; allowed"),
    "2-D magnetic": (lambda v: {**rename(v, "longitude", "mlt"), "mlat": np.ones((3, 4)) * 60.0, "mlt": np.ones(4)},
                     r"mlat: shape \(3, 4\), and mlt \(4,\); allowed: the same two sizes"),
    "time and time_s": (lambda v: {**v, "time": ["2015-01-28"], "time_s": [0.0]}, r"time and time_s both"),
    "time of numbers": (lambda v: timed(v, time=[0.0, 1.0]), r"time: values of type float64; allowed: ISO 8601"),
    "no time": (lambda v: timed(v, time=np.array(["2015-01-28", "NaT"], "M8[s]")), r"time: an instant is missing"),
    "bad time": (lambda v: timed(v, time=["2015-01-28", "tomorrow"]), r"time 'tomorrow' is not ISO 8601"),
    "time falls": (lambda v: timed(v, time=["2015-01-28T09:01:00Z", "2015-01-28T09:00:00Z"]),
                   r"time: 2015-01-28T09:00:00Z follows 2015-01-28T09:01:00Z; times must rise"),
    "time stands": (lambda v: timed(v, time_s=[3.0, 3.0]), r"time_s: 3 s after the scene's time follows 3 s"),
    "time NaN": (lambda v: timed(v, time_s=[3.0, np.nan]), r"time_s: allowed: finite numbers"),
    "time 2-D": (lambda v: timed(v, time_s=np.ones((2, 2))), r"time_s: shape \(2, 2\); allowed: one row"),
    "time in minutes": (lambda v: {**timed(v, time_s=[0.0, 1.0]), "time_s_units": "min"}, r"units 'min'; allowed: s"),
}  # fmt: skip


def drop(variables, *names):
    return {name: values for name, values in variables.items() if name not in names}


def rename(variables, old, new):
    return {new if name == old else name: values for name, values in variables.items()}


def timed(variables, **time):
    return {**variables, "energy_flux": np.stack([variables["energy_flux"]] * 2), **time}


@pytest.mark.parametrize("case", CHANGES)
def test_bad_variables_are_refused_in_one_line(good, place, case):
    change, message = CHANGES[case]
    np.savez(place, **good)
    read_user_map(place)
    np.savez(place, **change(good))
    with pytest.raises(InputError, match=message):
        read_user_map(place)
    complaint(place)


def test_a_faint_map_is_doubtful_and_a_unit_settles_it(good, place):
    np.savez(place, **{**good, "energy_flux": good["energy_flux"] * 1e-3})
    assert "is it in W m-2?" in read_user_map(place).warnings[0]
    np.savez(place, **{**good, "energy_flux": good["energy_flux"] * 1e-3}, energy_flux_units="W m-2")
    assert read_user_map(place).warnings == ()


def test_what_rounding_leaves_below_0_is_0(good, place):
    np.savez(place, **with_value(good, "energy_flux", (2, 3), -4e-6))
    flux = read_user_map(place).flux[0]
    assert (flux[2, 3], flux.max()) == (0.0, 5.0)
    np.savez(place, **with_value(good, "energy_flux", (2, 3), -6e-6))
    assert complaint(place) == "energy_flux: -6e-06 at latitude 62, longitude -114; a flux must be at least 0"


def test_pickles_are_never_loaded(good, place):
    np.savez(place, **{**good, "mean_energy": np.array([{"run": 1}], object)}, allow_pickle=True)
    assert complaint(place) == "mean_energy: Python objects, which are not read; write plain numbers"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("map.csv", b"1", r'ending ".csv"; allowed: .nc, .nc3, .nc4, .cdf, .npz; write its arrays by name'),
        ("map.json", b"{}", 'ending ".json"; allowed: .nc, .nc3, .nc4, .cdf, .npz; as NOAA\'s '),
        ("map.h5", b"1", 'ending ".h5"; allowed: .nc, .nc3, .nc4, .cdf, .npz; HDF5 with named dimensions is NetCDF 4'),
        ("map.cdf", b"\xcd\xf3\x00\x01" + bytes(40), "a CDF file of NASA's, which is no NetCDF"),
        ("map.npz", b"", "empty"),
        ("map.npz", b"hello", "not an .npz file"),
        ("map.npz", b"PK\x03\x04" + bytes(range(256)), "damaged"),
        ("map.npz", b"\x93NUMPY\x01\x00", "a single array"),
        ("map.nc", b"CDF\x01" + bytes(40), "no variable energy_flux; the file has no variables"),
        ("map.nc", b"CDF\x01" + bytes(20), "damaged"),
        ("map.nc", b"CDF\x01" + bytes(7) + b"\x0a\xff\xff\xff\xff" + bytes(9), "damaged"),
        (
            "map.nc",
            b"CDF\x03" + bytes(40),
            "damaged, or not what its ending says: ValueError: classic NetCDF of version 3",
        ),
        ("map.nc", b"latitude,longitude", "not a NetCDF file"),
        ("map.nc", b"\x89HDF\r\n\x1a\n" + bytes(range(256)), "damaged"),
    ],
)
def test_files_of_another_kind_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    assert complaint(tmp_path / name).startswith(message)


def test_places_that_are_no_file_are_refused(tmp_path):
    assert complaint(tmp_path / "none.npz") == "no such file"
    (tmp_path / "folder.nc").mkdir()
    assert complaint(tmp_path / "folder.nc").startswith("a folder")


def test_sizes_are_limited(good, place, monkeypatch):
    np.savez(place, **good)
    monkeypatch.setattr(footprint_contents, "MOST_CELLS", 100)
    assert complaint(place).startswith("energy_flux: 0 million cells")
    monkeypatch.setattr(footprint_contents, "MOST_BYTES", 100)
    assert "MB; at most" in complaint(place)


def test_netcdf_without_its_packages_names_the_command(tmp_path, monkeypatch):
    (tmp_path / "map.nc").write_bytes(footprint_contents.HDF5_START + bytes(9))
    monkeypatch.setitem(sys.modules, "h5netcdf", None)
    assert "pip install xarray h5netcdf h5py" in complaint(tmp_path / "map.nc")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.rename(energy_flux="eflux"), "no variable energy_flux"),
        (lambda d: d.isel(latitude=slice(3)).expand_dims(species=2), r"dimensions species, .*; allowed: latitude, lon"),
        (lambda d: d.assign_coords(time=("when", [0, 1])), "time: no units; allowed: CF times"),
        (lambda d: d.assign_coords(time=("when", ["2015-01-01", "soon"])), "time 'soon' is not ISO 8601"),
        (lambda d: d.assign_coords(time=("when", [0, 1], {"units": "days since 2015-01-01", "calendar": "360_day"})),
         'calendar "360_day"; allowed'),
        (lambda d: d.assign_coords(time=("when", [0, 1], {"units": "eons since 2015-01-01"})), 'units "eons since'),
        (lambda d: d.assign(mean_energy=d.mean_energy.where(d.latitude > 61.0)), "42 of 231 values are not finite"),
        (lambda d: d.assign_attrs(both_hemispheres="north"), r'both_hemispheres: "north"; allowed: 0 or 1'),
    ],
)  # fmt: skip
def test_bad_netcdf_is_refused_in_one_line(good, tmp_path, change, message):
    xarray = pytest.importorskip("xarray")
    axes = ("latitude", "longitude")
    dataset = xarray.Dataset({n: (axes if np.ndim(v) == 2 else (n,), v) for n, v in good.items()})
    path = tmp_path / "map.nc"
    change(dataset).to_netcdf(path, engine="h5netcdf")
    with pytest.raises(InputError, match=message):
        read_user_map(path)
    complaint(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([".npz", ".nc"]), st.data())
def test_damaged_files_are_read_or_refused(good, tmp_path, ending, data):
    path = tmp_path / f"whole{ending}"
    if ending == ".npz":
        np.savez_compressed(path, **good)
    else:
        xarray = pytest.importorskip("xarray")
        layout = {n: (("latitude", "longitude") if np.ndim(v) == 2 else (n,), v) for n, v in good.items()}
        xarray.Dataset(layout).to_netcdf(path, engine="h5netcdf")
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content)))]
    else:
        for where in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
            content[where] ^= data.draw(st.integers(1, 255))
    path = tmp_path / f"damaged{ending}"
    path.write_bytes(content)
    try:
        read_user_map(path)
    except InputError as error:
        assert str(error).startswith(f"{path}: ")
        assert "\n" not in str(error)
