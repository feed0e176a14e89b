"""All-sky pictures of a uniform slab: one, a series, from an aircraft; their files as a user of them reads them."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from render.commands.terminal.words import warn
from render.core.epoch import Epoch
from render.formats.sky_instruments import planes_of, write_allsky
from render.frame.moment import moment_of, position_at
from render.instruments import allsky
from render.instruments.looking import light_along
from render.instruments.passband import Passband
from render.scene import Scene, load_scene, scene_from_text
from tests.conftest import Run
from tests.devices import start_or_skip
from tests.instruments.slab import KR_PER_KM, SLAB, path_km

GREEN = allsky.Instrument(32, ("557.7",))
AIRCRAFT = SLAB.replace("altitude_km = 0.0", "altitude_km = 11.0\nheading_deg = 0.0\nspeed_km_h = 900.0")


@pytest.fixture(scope="module")
def slab() -> Scene:
    start_or_skip("cpu")
    return scene_from_text(SLAB, "slab")


def test_a_picture_says_where_it_looks(slab: Scene):
    moment = moment_of(slab, slab.time.epoch, (1, 1))
    green = allsky.picture(slab, moment, GREEN)["brightness_557_7"]
    skymap = allsky.skymap_of(moment.position_km, 32)
    elevation, azimuth = skymap["full_elevation"], skymap["full_azimuth"]
    seen = np.isfinite(elevation)
    assert (np.isnan(green) == ~seen).all() and not seen[0, 0]
    np.testing.assert_allclose(green[seen], KR_PER_KM * path_km(elevation[seen]), rtol=0.003)
    assert azimuth[0, 15] == pytest.approx(2.0, abs=2.0) and azimuth[16, 0] == pytest.approx(92.0, abs=2.0)
    assert azimuth[31, 16] == pytest.approx(182.0, abs=2.0) and azimuth[16, 31] == pytest.approx(268.0, abs=2.0)
    assert elevation[16, 16] == pytest.approx(90.0 - np.hypot(0.5, 0.5) * 90.0 / 16.0)
    latitude, longitude = skymap["full_map_latitude"], skymap["full_map_longitude"]
    assert latitude.shape == longitude.shape == (3, 33, 33)
    assert latitude[1, 16, 16] == pytest.approx(65.12) and longitude[1, 16, 16] == pytest.approx(212.57)
    assert latitude[1, 4, 16] > 65.5 and latitude[1, 28, 16] < 64.5  # row 0 is north
    assert longitude[1, 16, 4] > 213.0  # east is at the left
    assert skymap["full_map_altitude"].tolist() == [90e3, 110e3, 150e3]


def test_it_looks_where_a_fisheye_of_a_scene_looks():
    scene = load_scene("poker_flat_allsky")
    camera = moment_of(scene, scene.time.epoch, (24, 24)).camera
    position = position_at(scene, scene.time.epoch)
    directions, zenith, _ = allsky._looks(position, np.arange(24.0) + 0.5, 24)
    seen = zenith < 90.0
    pixels = np.arange(1.0, 25.0)
    np.testing.assert_allclose(camera.directions_at(pixels, pixels[:, None])[seen], directions[seen], atol=1e-9)


def test_without_air_a_filter_reads_its_line_alone_and_a_neighbour_by_its_distance(slab: Scene):
    moment = moment_of(slab, slab.time.epoch, (1, 1))
    aside = (("630.0", Passband(557.7339, 2.0)), ("427.8", Passband(558.7339, 2.0)))
    found = allsky.picture(slab, moment, allsky.Instrument(8, ("557.7",), aside))
    seen = np.isfinite(found["brightness_557_7"])
    line = found["brightness_557_7"][seen]
    np.testing.assert_allclose(found["filtered_630_0"][seen], line, rtol=1e-4)
    np.testing.assert_allclose(found["filtered_427_8"][seen], 0.5 * line, rtol=1e-3)


def test_the_moonlit_sky_is_asked_for_and_is_light_of_the_moon(slab: Scene):
    air = SLAB.replace("[atmosphere]\nenabled = false\n", "").replace("2015-01-18T05:30:00Z", "2015-01-05T10:00:00Z")
    scene = scene_from_text(air, "moonlit")  # full Moon, high in the south
    up = np.array([[0.0, 0.0, 1.0]])

    def seen(of: Scene, *, sky: bool) -> np.ndarray:
        moment = moment_of(of, of.time.epoch, (1, 1))
        return light_along(of, moment, up @ np.eye(3), 0.1, sky=sky).sky[0]

    moonless = scene.model_copy(update={"sky": scene.sky.model_copy(update={"moon": False})})
    assert (seen(scene, sky=False) == 0.0).all()
    moonlit, dark = seen(scene, sky=True), seen(moonless, sky=True)
    assert (moonlit > 0.0).all() and moonlit.max() > 1e3 * dark.max()


def test_a_series_is_read_as_a_user_reads_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("render.commands.terminal.lines.write", warn)
    xarray = pytest.importorskip("xarray")
    scene = tmp_path / "slab.toml"
    scene.write_text(SLAB, encoding="utf-8")
    files = tmp_path / "sky.nc", tmp_path / "sky.npz"
    wanted = ("--pixels", "32", "--device", "cpu", "--every", "10", "--filters", "--lines", "5577,6300")
    code, out, err = run("allsky", scene, *wanted, "-o", files[0], "-o", files[1])
    assert code == 0 and "3 pictures, 3 made now, 32x32" in out
    told = [line for line in err.splitlines() if "picture" in line]
    assert [re.findall(r"picture \d of \d", line) for line in told] == [[f"picture {k} of 3"] for k in (1, 2, 3)]
    with xarray.open_dataset(files[0]) as sky:
        assert dict(sky.sizes) == {
            "time": 3, "row": 32, "column": 32, "altitude": 3, "row_corner": 33, "column_corner": 33,
        }  # fmt: skip
        for azimuth, elevation in ((0.0, 30.0), (200.0, 60.0), (350.0, 80.0)):  # the nearest pixel
            turn = np.cos(np.radians(sky.full_azimuth - azimuth))
            tilt, e = np.radians(sky.full_elevation), np.radians(elevation)
            nearest = (np.sin(tilt) * np.sin(e) + np.cos(tilt) * np.cos(e) * turn).argmax(("row", "column"))
            picked = sky.brightness_557_7[nearest].sel(time="2015-01-18T05:30:20", method="nearest")
            assert float(picked.full_elevation) == pytest.approx(elevation, abs=5.0)
            assert float(picked) == pytest.approx(KR_PER_KM * path_km(picked.full_elevation.values), rel=0.003)
            assert float(sky.filtered_557_7[nearest][2]) == pytest.approx(float(picked), rel=1e-4)
        assert str(sky.time.values[1]).startswith("2015-01-18T05:30:10")
        assert np.isnan(sky.brightness_557_7[0, 0, 0]) and sky.attrs["row_order"].startswith("row 0 is north")
        assert sky.filtered_630_0.attrs["filter_fwhm_nm"] == 2.0 and (sky.brightness_630_0.fillna(0.0) == 0.0).all()
        assert {"full_map_latitude", "full_map_longitude", "site_map_latitude"} <= set(sky.variables)
        held = np.load(files[1])
        np.testing.assert_array_equal(held["brightness_557_7"], sky.brightness_557_7)
        np.testing.assert_array_equal(held["filtered_630_0"], sky.filtered_630_0)
        assert held["time_utc"][2] == "2015-01-18T05:30:20Z" and held["full_elevation"].shape == (32, 32)
    code, out, _ = run("allsky", scene, *wanted, "-o", files[0])
    assert code == 0 and "0 made now" in out
    one = tmp_path / "one.nc"
    assert run("allsky", scene, *wanted[:4], "--lines", "5577", "-o", one)[0] == 0
    with xarray.open_dataset(one) as single, xarray.open_dataset(files[0]) as sky:
        assert single.brightness_557_7.dims == ("row", "column") and single.time.dims == ()
        np.testing.assert_array_equal(single.brightness_557_7, sky.brightness_557_7[0])
        for name in ("full_elevation", "full_map_longitude", "site_map_longitude"):
            np.testing.assert_array_equal(single[name], sky[name])


@pytest.mark.parametrize("command", ["allsky", "keogram"])
def test_all_variables_are_described_by_the_conventions(run: Run, tmp_path: Path, command: str):
    xarray = pytest.importorskip("xarray")
    scene, file = tmp_path / "slab.toml", tmp_path / "f.nc"
    scene.write_text(SLAB, encoding="utf-8")
    size = ("--pixels", "8") if command == "allsky" else ("--rows", "8")
    assert run(command, scene, *size, "--every", "10", "--filters", "--device", "cpu", "-o", file)[0] == 0
    with xarray.open_dataset(file, decode_times=False) as raw:
        assert raw.attrs["Conventions"].startswith("CF-1.") and raw.attrs["title"] and raw.attrs["source"]
        time = raw.time.attrs
        assert (time["units"], time["calendar"]) == ("seconds since 1970-01-01T00:00:00Z", "standard")
        assert time["standard_name"] == "time" and time["axis"] == "T"
        for name, variable in raw.variables.items():
            assert variable.attrs["units"] and variable.attrs["long_name"], name
        assert raw.filtered_630_0.attrs["units"] == "795774715459 m-2 s-1 sr-1"
        if command == "allsky":
            assert {"full_elevation", "full_azimuth"} <= set(raw.brightness_557_7.coords)


def test_an_interrupted_series_leaves_whole_pictures_and_goes_on(run: Run, tmp_path: Path, monkeypatch):
    pytest.importorskip("xarray")
    scene, folder = tmp_path / "slab.toml", tmp_path / "out"
    folder.mkdir()
    file = folder / "sky.nc"
    scene.write_text(SLAB, encoding="utf-8")
    whole, taken = allsky.picture, []

    def interrupted(*given):
        if len(taken) == 2:
            raise KeyboardInterrupt
        taken.append(given)
        return whole(*given)

    monkeypatch.setattr(allsky, "picture", interrupted)
    wanted = ("allsky", scene, "--pixels", "8", "--every", "10", "--device", "cpu", "-o", file)
    code, _, err = run(*wanted)
    assert code == 130 and "Traceback" not in err
    left = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    assert len(left) == 3 and left[1].startswith("sky_pictures/picture_00000") and not file.exists()
    monkeypatch.setattr(allsky, "picture", whole)
    code, out, _ = run(*wanted)
    assert code == 0 and "3 pictures, 1 made now" in out and file.exists()


def test_one_that_never_began_leaves_no_folder(run: Run, tmp_path: Path, monkeypatch):
    scene, folder = tmp_path / "slab.toml", tmp_path / "out"
    folder.mkdir()
    scene.write_text(SLAB, encoding="utf-8")

    def interrupted(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(allsky, "picture", interrupted)
    assert run("allsky", scene, "--pixels", "8", "--every", "10", "--device", "cpu", "-o", folder / "sky.npz")[0] == 130
    assert list(folder.iterdir()) == []


def test_pictures_are_written_as_they_come(tmp_path: Path):
    pytest.importorskip("xarray")
    alive: list[weakref.ref[np.ndarray]] = []
    most = 0

    def pictures() -> Iterator[dict[str, np.ndarray]]:
        nonlocal most
        for k in range(20):
            plane = np.full((16, 16), float(k), np.float32)
            alive.append(weakref.ref(plane))
            yield {"brightness_557_7": plane}
            del plane
            most = max(most, sum(one() is not None for one in alive))

    start = Epoch.parse("2015-01-18T05:30:00Z")
    epochs = [start.plus_seconds(k) for k in range(20)]
    skymap = allsky.skymap_of(np.array([0.0, 3000.0, 5600.0]), 16)
    file = tmp_path / "many.nc"
    write_allsky(file, epochs, pictures(), planes_of(("557.7",), {}), skymap, {}, series=True)
    assert len(alive) == 20 and most <= 2
    xarray = pytest.importorskip("xarray")
    with xarray.open_dataset(file) as held:
        assert held.brightness_557_7.mean(("row", "column")).values.tolist() == [float(k) for k in range(20)]


@pytest.mark.parametrize("suffix", [".nc", ".npz"])
def test_a_series_that_breaks_while_it_is_written_leaves_no_file(tmp_path: Path, suffix: str):
    from render.formats.arrays import write_npz_series  # noqa: PLC0415

    def pictures() -> Iterator[dict[str, np.ndarray]]:
        yield {"brightness_557_7": np.zeros((8, 8), np.float32)}
        raise KeyboardInterrupt

    epochs = [Epoch.parse("2015-01-18T05:30:00Z")] * 2
    skymap, file = allsky.skymap_of(np.array([0.0, 3000.0, 5600.0]), 8), tmp_path / f"sky{suffix}"
    if suffix == ".nc":
        pytest.importorskip("xarray")
    with pytest.raises(KeyboardInterrupt):
        if suffix == ".nc":
            write_allsky(file, epochs, pictures(), planes_of(("557.7",), {}), skymap, {}, series=True)
        else:
            write_npz_series(file, skymap, 2, pictures)
    assert list(tmp_path.iterdir()) == []


def test_from_an_aircraft_the_places_go_along(run: Run, tmp_path: Path):
    xarray = pytest.importorskip("xarray")
    scene, sky, scan = tmp_path / "flight.toml", tmp_path / "sky.nc", tmp_path / "scan.nc"
    scene.write_text(AIRCRAFT, encoding="utf-8")
    span = ("--minutes", "60", "--every", "1800", "--device", "cpu", "--lines", "5577")
    assert run("allsky", scene, "--pixels", "16", *span, "-o", sky)[0] == 0
    assert run("keogram", scene, "--rows", "18", *span, "-o", scan, "-o", tmp_path / "scan.npz")[0] == 0
    degrees = 900.0 / 111.5  # of latitude in an hour due north
    with xarray.open_dataset(sky) as held:
        assert held.full_map_latitude.dims == ("time", "altitude", "row_corner", "column_corner")
        assert np.ptp(held.site_map_latitude.values) == pytest.approx(degrees, rel=0.01)
        assert np.ptp(held.full_map_latitude[:, 1, 8, 8].values) == pytest.approx(degrees, rel=0.01)
        level = held.brightness_557_7.isel(time=2) / held.brightness_557_7.isel(time=0)
        np.testing.assert_allclose(level.values[np.isfinite(level.values)], 1.0, rtol=0.003)  # the slab is everywhere
    with xarray.open_dataset(scan) as held:
        assert held.latitude.dims == ("time", "altitude", "elevation")
        assert np.ptp(held.site_latitude.values) == pytest.approx(degrees, rel=0.01)
        # A scan that kept the lines of sight of its first instant would be 8 degrees off the vertical
        np.testing.assert_allclose(held.brightness_557_7[2], held.brightness_557_7[0], rtol=0.003)
        zenith = held.latitude[:, 0, 8:10].mean("elevation")  # 85 and 95 degrees
        np.testing.assert_allclose(zenith, held.site_latitude, atol=0.01)
