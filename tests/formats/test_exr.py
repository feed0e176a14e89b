"""OpenEXR: radiances and header come back to the bit."""

import os

import numpy as np
import pytest

from render.core.errors import InputError, OutputError
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.formats.exr import read_exr, write_exr

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
