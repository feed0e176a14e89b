"""A keogram of a uniform slab has a closed form; columns are kept, north is at the top."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from render.core.geodesy import itrs_from_geodetic
from render.core.lines import LINE_KEYS
from render.frame.moment import position_at
from render.instruments import keogram
from render.scene import Scene, scene_from_text
from tests.commands.test_bad_input import refusal
from tests.conftest import Run
from tests.devices import start_or_skip
from tests.instruments.slab import EARTH_KM, KR_PER_KM, SLAB, path_km

GREEN = LINE_KEYS.index("557.7")
AT = ("--place", "65,-147")


@pytest.fixture(scope="module")
def slab() -> Scene:
    start_or_skip("cpu")
    return scene_from_text(SLAB, "slab")


@pytest.mark.parametrize("width", [1, 3])
def test_a_slab_has_its_closed_form(slab: Scene, width: int):
    scan = keogram.scan_of(position_at(slab, slab.time.epoch), 30.0, 36, width)
    found = keogram.keogram_column(slab, slab.time.epoch, scan).lines_r
    expected = KR_PER_KM * path_km(scan.elevation_deg)
    np.testing.assert_allclose(found[:, GREEN] / 1e3, expected, rtol=0.003)
    assert np.abs(found[:, GREEN] / 1e3 / (10.0 / np.sin(np.radians(scan.elevation_deg))) - 1.0).max() > 0.1  # no plane


def test_a_scan_runs_from_north_to_south():
    place = itrs_from_geodetic(65.12, -147.43, 0.0)
    scan = keogram.scan_of(place, 0.0, 180, 1)
    assert scan.angle_deg[[0, 89, 90, 179]] == pytest.approx([0.5, 89.5, 90.5, 179.5])
    assert (np.diff(scan.latitude_deg, axis=1) < 0.0).all()
    assert scan.bearing_deg[1] % 360.0 == pytest.approx(0.0, abs=1e-6) and scan.bearing_deg[-1] == pytest.approx(180.0)
    # 45 degrees up to 110 km: 107 km of ground on a sphere, a little less than on a plane
    degrees = np.interp(45.0, scan.angle_deg, scan.latitude_deg[0]) - 65.12
    central = np.pi / 4 - np.arcsin(EARTH_KM / (EARTH_KM + 110.0) * np.cos(np.pi / 4))
    assert degrees == pytest.approx(np.degrees(central), rel=0.01)
    np.testing.assert_allclose(np.linalg.norm(scan.directions, axis=-1), 1.0)


def test_the_magnetic_meridian_is_that_of_the_field():
    # Above Poker Flat in 2015 the declination was 19 degrees east (at the ground 19.5)
    found = keogram.magnetic_azimuth_deg(itrs_from_geodetic(65.12, -147.43, 0.0), 2015.0)
    assert found == pytest.approx(19.2, abs=0.8)
    assert keogram.magnetic_azimuth_deg(itrs_from_geodetic(45.0, -84.0, 0.0), 2015.0) < 0.0  # Michigan: west of north


def test_finished_columns_are_kept_and_others_made(slab: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    scan = keogram.scan_of(position_at(slab, slab.time.epoch), 0.0, 8, 1)
    epochs = [slab.time.epoch.plus_seconds(10.0 * k) for k in range(3)]
    told: list[str] = []

    def made(of: Scene, scan: keogram.Scan) -> list[bool]:
        return [
            kept
            for _, kept in keogram.columns_of(
                of, epochs, lambda _: scan, tmp_path, lambda share, what: told.append(what)
            )
        ]

    some = list(
        itertools.islice(keogram.columns_of(slab, epochs, lambda _: scan, tmp_path, lambda *_: None), 2)
    )  # interrupted
    assert [kept for _, kept in some] == [False, False]
    assert made(slab, scan) == [True, True, False]
    assert told == ["column 3 of 3"]
    whole = keogram.brightness([column for column, _ in keogram.columns_of(
        slab, epochs, lambda _: scan, tmp_path, lambda *_: None)], ("557.7", "630.0"))  # fmt: skip
    assert whole.shape == (2, 3, 8) and (whole[1] == 0.0).all()
    next(tmp_path.glob("column_00001*")).write_bytes(b"cut short")
    assert made(slab, scan) == [True, False, True]
    assert made(slab, keogram.scan_of(position_at(slab, epochs[0]), 5.0, 8, 1)) == [False] * 3
    brighter = scene_from_text(SLAB.replace("1000.0", "2000.0"), "slab")
    assert made(brighter, scan) == [False] * 3


def test_the_commands_write_what_can_be_read(run: Run, tmp_path: Path):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("matplotlib")
    scene = tmp_path / "slab.toml"
    scene.write_text(SLAB, encoding="utf-8")
    files = [tmp_path / f"k{suffix}" for suffix in (".nc", ".npz", ".png")]
    outputs = [part for file in files for part in ("-o", str(file))]
    code, out, _ = run("keogram", scene, "--rows", "18", "--device", "cpu", "--azimuth", "magnetic", *outputs)
    assert code == 0 and "3 columns, 3 made now" in out
    with xarray.open_dataset(files[0]) as data:
        assert dict(data.sizes) == {"time": 3, "elevation": 18, "altitude": 3}
        expected = KR_PER_KM * path_km(data.true_elevation.values)
        np.testing.assert_allclose(data.brightness_557_7.isel(time=2), expected, rtol=0.003)
        assert (
            data.brightness_630_0.units == "795774715459 m-2 s-1 sr-1"
            and data.attrs["elevation_order"] == "north first"
        )
        assert str(data.time.values[1]).startswith("2015-01-18T05:30:10")
    held = np.load(files[1])
    assert held["brightness_557_7"].shape == (3, 18) and files[2].stat().st_size > 10_000
    code, out, _ = run("keogram", scene, "--rows", "18", "--device", "cpu", "--azimuth", "magnetic", *outputs)
    assert code == 0 and "0 made now" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["keogram", "quiet_arc", "-o", "k.nc"], "an instrument looks up at the aurora, from at most 60 km"),
        (["keogram", "quiet_arc", "-o", "k.jpg", "--place", "65,-147"], ".nc, .npz, .png, .pdf, .svg"),
        (["keogram", "quiet_arc", "-o", "k.nc", "--place", "95,-147"], "-90 to 90"),
        (["keogram", "quiet_arc", "-o", "k.nc", "--place", "65"], "1 numbers"),
        (["keogram", "quiet_arc", "-o", "k.nc", *AT, "--lines", "5578"], "did you mean 5577?"),
        (["keogram", "quiet_arc", "-o", "k.nc", *AT, "--azimuth", "magnetik"], "did you mean magnetic?"),
        (["keogram", "quiet_arc", "-o", "k.nc", *AT, "--azimuth", "400"], "-360 to 360"),
        (["keogram", "quiet_arc", "-o", "k.nc", *AT, "--width", "4"], "1 to 3"),
        (["keogram", "quiet_arc", "-o", "k.nc", *AT, "--rows", "9.5"], "no whole number"),
        (["keogram", "quiet_arc", "-o", "k.nc", *AT, "--every", "0"], "0.01 to 86400"),
        (["keogram", "quiet_arc", "-o", "k.nc", *AT, "--minutes", "9000", "--every", "1"], "20000 at most"),
        (["keogram", "quiet_arc", "-o", "nowhere/k.nc", "--place", "65,-147"], "does not exist"),
        (["keogram", "quiet_arc", "--place", "65,-147"], "output"),
        (["keogram", "quiet_arc", "-o", "k.nc", *AT, "--fwhm", "2"], "add --filters"),
        (["keogram", "quiet_arc", "-o", "k.nc", *AT, "--filters", "--fwhm", "2,3"], "2 widths for 3 lines"),
        (["keogram", "quiet_arc", "-o", "k.nc", *AT, "--filters", "--fwhm", "wide"], "not numbers parted by commas"),
        (["keogram", "quiet_arc", "-o", "k.nc", *AT, "--filters", "--fwhm", "0"], "0.1 to 30"),
        (["keogram", "quiet_arc", "-o", "k.nc", *AT, "--filters", "--lines", "N2_1PG"], "give a wider --fwhm"),
        (["allsky", "quiet_arc", "-o", "a.nc", *AT, "--every", "0"], "0.01 to 86400"),
        (["allsky", "quiet_arc", "-o", "a.nc", *AT, "--minutes", "-1"], "0 to 14400"),
        (["allsky", "quiet_arc", "-o", "a.nc", *AT, "--minutes", "9000", "--every", "1"], "20000 at most"),
        (["allsky", "quiet_arc", "-o", "a.nc", *AT, "--every", "ten"], "not a number"),
        (["allsky", "quiet_arc", "-o", "a.nc"], "give --place LAT,LON"),
        (["allsky", "quiet_arc", "-o", "a.png", "--place", "65,-147"], ".nc, .npz"),
        (["allsky", "quiet_arc", "-o", "a.nc", *AT, "--pixels", "9999"], "8 to 2048"),
        (["allsky", "quite_arc", "-o", "a.nc", "--place", "65,-147"], "did you mean quiet_arc?"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused(run: Run, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert words in refusal(run, *arguments)
    assert list(tmp_path.glob("[!h]*")) == []  # nothing begun: `here` is where the command runs
