"""OpenEXR: radiances and header come back to the bit."""

import os
import subprocess

import imageio_ffmpeg
import numpy as np
import OpenEXR
import pytest

from render.core.errors import InputError, OutputError
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.formats.exr import LARGEST_RADIANCE, read_exr, write_exr
from render.imaging.capture.sensor import Exposure
from render.imaging.colour import develop
from render.imaging.encoding import encode_srgb
from render.imaging.scene_linear import chromaticities, from_srgb, scene_linear
from render.imaging.settings import DevelopSettings

HEADER = {"scene": "[time]\nutc = 2015-01-28", "exposure_s": "0.5", "device": "cpu"}


def radiances(keys=("557.7", "N2+_1NG", "630.0")):
    rng = np.random.default_rng(0)
    lines = rng.lognormal(5.0, 4.0, (len(keys), 9, 14)).astype(np.float32)
    sky = rng.lognormal(-20.0, 8.0, (21, 9, 14)).astype(np.float32)
    return LineRadiance(keys, lines), SkyRadiance(SKY_WAVELENGTHS_NM, sky)


@pytest.mark.parametrize("keys", [("557.7", "N2+_1NG", "630.0"), ()])
def test_round_trip(tmp_path, keys):
    lines, sky = radiances(keys)
    write_exr(tmp_path / "a.exr", lines, sky, HEADER)
    lines_back, sky_back, header = read_exr(tmp_path / "a.exr")
    assert lines_back.keys == keys and lines_back.rayleighs.dtype == np.float32
    assert np.array_equal(lines_back.rayleighs, lines.rayleighs)
    assert np.array_equal(sky_back.radiance, sky.radiance)
    assert np.array_equal(sky_back.wavelengths_nm, sky.wavelengths_nm)
    assert header == HEADER
    assert os.listdir(tmp_path) == ["a.exr"]


def test_channels_are_named_for_other_readers(tmp_path):
    openexr = pytest.importorskip("OpenEXR")
    write_exr(tmp_path / "a.exr", *radiances(), HEADER)
    with openexr.File(str(tmp_path / "a.exr"), separate_channels=True) as file:
        names = set(file.channels())
        assert {"rayleighs.557_7", "rayleighs.N2+_1NG", "radiance.380nm", "radiance.780nm"} <= names
        assert "W m-2 sr-1 nm-1" in file.header()["units"]


def test_ffmpeg_sees_the_picture(tmp_path):
    """Red, green and blue in their order, to the bit, above 1 and below 0 too."""
    lines, sky = radiances()
    rgb = np.random.default_rng(2).normal([[[0.2]], [[2.0]], [[9.0]]], 1.0, (3, 9, 14)).astype(np.float32)
    write_exr(tmp_path / "a.exr", lines, sky, HEADER, tuple(rgb))
    words = ["-v", "error", "-i", str(tmp_path / "a.exr"), "-f", "rawvideo", "-pix_fmt", "gbrpf32le", "-"]
    said = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words], capture_output=True, check=True)
    green, blue, red = np.frombuffer(said.stdout, "<f4").reshape(3, 9, 14)
    np.testing.assert_array_equal([red, green, blue], rgb)


@pytest.mark.parametrize("primaries", ["srgb", "rec2020", "acescg"])
def test_the_first_channels_are_a_picture_for_any_viewer(tmp_path, primaries):
    lines, sky = radiances()
    rgb = tuple(np.random.default_rng(1).normal(0.5, 1.0, (3, 9, 14)).astype(np.float32))
    write_exr(tmp_path / "a.exr", lines, sky, HEADER, rgb, primaries)
    with OpenEXR.File(str(tmp_path / "a.exr"), separate_channels=True) as file:
        for name, plane in zip("RGB", rgb, strict=True):
            assert np.array_equal(file.channels()[name].pixels, plane)
        assert sorted(file.channels())[:3] == ["B", "G", "R"]
        told = np.array(file.header()["chromaticities"]).ravel()
    assert told == pytest.approx(chromaticities(primaries), abs=1e-6)
    back, _, header = read_exr(tmp_path / "a.exr")
    assert np.array_equal(back.rayleighs, lines.rayleighs) and header == HEADER


def test_acescg_is_what_the_academy_says():
    """The matrix from linear sRGB with Bradford's adaptation, as OpenColorIO's ACES configurations have it."""
    ocio = [[0.613097, 0.339523, 0.047379], [0.070194, 0.916354, 0.013452], [0.020616, 0.109570, 0.869815]]
    assert from_srgb("acescg") == pytest.approx(np.array(ocio), abs=2e-5)


def test_scene_linear_is_the_developed_picture_before_tone():
    settings = DevelopSettings(tone="linear", noise=False, noise_reduction="none")
    electrons = np.random.default_rng(0).uniform(300.0, 900.0, (3, 5, 6)).astype(np.float32)
    electrons[0] *= 0.6
    exposure = Exposure(electrons, 2000.0, "d3s")
    linear = np.stack(scene_linear(exposure, settings))
    inside = np.all((linear > 0.0) & (linear < 1.0), axis=0)
    shown = np.moveaxis(develop(exposure, settings).pixels, 2, 0)
    assert inside.mean() > 0.5
    assert encode_srgb(linear.astype(np.float32))[:, inside] == pytest.approx(shown[:, inside], abs=2e-3)
    bright = Exposure(electrons * 1000.0, 2000.0, "d3s")
    assert np.stack(scene_linear(bright, settings)) == pytest.approx(1000.0 * linear, rel=1e-4)


def test_a_value_that_is_no_number_is_told_in_one_line(tmp_path):
    lines, sky = radiances()
    lines.rayleighs[0, 4, 7] = np.nan
    write_exr(tmp_path / "a.exr", lines, sky, HEADER)
    with pytest.raises(InputError, match=r"channel rayleighs.557_7 has NaN at row 5, column 8 \(1 such values\)"):
        read_exr(tmp_path / "a.exr")
    lines.rayleighs[0, 4, 7] = 1.0
    sky.radiance[2, :2, 3] = np.inf
    write_exr(tmp_path / "a.exr", lines, sky, HEADER)
    with pytest.raises(InputError, match=r"channel radiance.420nm has an infinity at row 1, column 4 \(2 such"):
        read_exr(tmp_path / "a.exr")


@pytest.mark.parametrize("value", [3e38, -3e38, 1.1e18, -1.1e10])
def test_a_value_that_overflows_when_developed_is_told_in_one_line(tmp_path, value):
    lines, sky = radiances()
    sky.radiance[1, 3, :2] = value
    write_exr(tmp_path / "a.exr", lines, sky, HEADER)
    with pytest.raises(InputError, match=r"has .*e\+\d\d at row 4, column 1 \(2 such values\).* 1e\+09 at most"):
        read_exr(tmp_path / "a.exr")
    sky.radiance[1, 3, :2] = np.sign(value) * 0.99 * LARGEST_RADIANCE
    write_exr(tmp_path / "a.exr", lines, sky, HEADER)
    np.testing.assert_array_equal(read_exr(tmp_path / "a.exr")[1].radiance, sky.radiance)


def test_bad_files_are_said_in_one_line(tmp_path):
    write_exr(tmp_path / "a.exr", *radiances(), HEADER)
    whole = (tmp_path / "a.exr").read_bytes()
    (tmp_path / "short.exr").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "other.exr").write_bytes(b"not an exr file at all")
    for name, words in (("short.exr", "as OpenEXR"), ("other.exr", "as OpenEXR"), ("none.exr", "no such file")):
        with pytest.raises(InputError, match=words) as caught:
            read_exr(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_an_exr_of_another_program_is_refused(tmp_path):
    openexr = pytest.importorskip("OpenEXR")
    plane = np.zeros((4, 4), np.float32)
    with openexr.File({"type": openexr.scanlineimage}, {"Y": plane}) as file:
        file.write(str(tmp_path / "other.exr"))
    with pytest.raises(InputError, match="no radiances written by polarlight"):
        read_exr(tmp_path / "other.exr")


def test_bad_places_and_names(tmp_path):
    with pytest.raises(OutputError, match="does not exist"):
        write_exr(tmp_path / "no" / "a.exr", *radiances(), HEADER)
    with pytest.raises(InputError, match="'units' is kept"):
        write_exr(tmp_path / "a.exr", *radiances(), {"units": "mine"})
    with pytest.raises(InputError, match="share one EXR channel"):
        write_exr(tmp_path / "a.exr", *radiances(("557.7", "557_7")), HEADER)
