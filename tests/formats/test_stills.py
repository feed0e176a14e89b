"""PNG, JPEG and AVIF: colours, profiles, EXIF and texts come back, by Pillow and by readers of the tests' own."""

from __future__ import annotations

import io
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, ImageCms
from PIL import Image as Pillow

from render.core.errors import InputError
from render.formats.icc import GAMUT_NAMES, profile
from render.formats.metadata import LARGEST_BYTES, exif_of, panorama_of, xmp_packet
from render.formats.png import png_chunks
from render.formats.stills import require_still, write_still
from render.frame.moment import moment_of
from render.imaging.colour import Image
from render.imaging.encoding import decode_pq, encode_pq, encode_srgb
from render.imaging.gamut import PRIMARIES, gamut_from_srgb
from render.scene import load_scene

ROWS, COLUMNS = 40, 60
LOSSY = 6.0 / 255.0  # of JPEG and AVIF at quality 92, in a smooth picture
PROFILE_STEPS = 2.2 / 255.0  # of Little CMS, which rounds to 8 bits
NAMES = {"scene": "a <b> & c", "scene_toml": "x = 1\n" * 20}


def smooth(gamut: str = "srgb", transfer: str = "srgb") -> Image:
    down, across = np.mgrid[0.0 : 1.0 : ROWS * 1j, 0.0 : 1.0 : COLUMNS * 1j]
    pixels = np.stack([0.2 + 0.6 * across, 0.3 + 0.5 * down, 0.9 - 0.5 * across], axis=2)
    return Image(pixels.astype(np.float32), gamut, transfer)  # type: ignore[arg-type]


def chunks(path: Path) -> dict[bytes, bytes]:
    with path.open("rb") as file:
        return {kind: data for kind, data in png_chunks(file) if kind != b"IDAT"}


@pytest.mark.parametrize("gamut", list(PRIMARIES))
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".avif"])
def test_pixels_profile_exif_and_texts_come_back(tmp_path: Path, suffix: str, gamut: str) -> None:
    scene, path, image = load_scene("angels_singing"), tmp_path / f"a{suffix}", smooth(gamut)
    moment = moment_of(scene, scene.time.epoch.plus_seconds(0.25))
    write_still(path, image, metadata=NAMES, exif=exif_of(moment, "the film"))
    with Pillow.open(path) as read:
        pixels, exif, info = np.asarray(read.convert("RGB"), float) / 255.0, read.getexif(), dict(read.info)
    assert np.abs(pixels - image.pixels).max() < (LOSSY if suffix != ".png" else 0.51 / 255.0)
    if gamut != "srgb" or suffix == ".jpg":
        named = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(info["icc_profile"])))
        assert named.startswith(GAMUT_NAMES[gamut])  # type: ignore[index]
    base, gps = ExifTags.Base, ExifTags.GPS
    assert (exif[base.Make], exif[base.Model], exif[base.ImageDescription]) == ("polarlight", "polarlight", "the film")
    taken, place = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    assert taken[base.DateTimeOriginal] == "2015:01:28 09:44:40" and taken[base.SubsecTimeOriginal] == "250000"
    exposed = [float(taken[key]) for key in (base.ExposureTime, base.FNumber, base.ISOSpeedRatings, base.FocalLength)]
    assert exposed == pytest.approx([0.5, 1.4, 12800.0, 17.0])
    latitude = sum(float(part) / 60.0**i for i, part in enumerate(place[gps.GPSLatitude]))
    assert place[gps.GPSLatitudeRef] == "N" and place[gps.GPSLongitudeRef] == "W"
    assert latitude == pytest.approx(45.7, abs=0.1) and float(place[gps.GPSAltitude]) == pytest.approx(413e3, abs=2e3)
    told = info.get("xmp", b"").decode() if suffix != ".png" else "a &lt;b&gt; &amp; c"
    assert "a &lt;b&gt; &amp; c" in told


@pytest.mark.parametrize("gamut", list(PRIMARIES))
def test_the_profile_means_the_primaries(gamut: str) -> None:
    """Little CMS takes the profile's colours to its own sRGB: as the matrix says."""
    inside = smooth().pixels * 0.5 + 0.25
    linear = np.where(inside <= 0.04045, inside / 12.92, ((inside + 0.055) / 1.055) ** 2.4)
    wide = encode_srgb(np.asarray(linear @ gamut_from_srgb(gamut).T, np.float32))  # type: ignore[arg-type]
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile(gamut)))  # type: ignore[arg-type]
    picture = Pillow.fromarray((wide * 255.0 + 0.5).astype(np.uint8))
    seen = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"))
    assert np.abs(np.asarray(seen, float) / 255.0 - inside).max() < PROFILE_STEPS
    if gamut != "srgb":  # the negative control: another profile shows other colours
        other = ImageCms.profileToProfile(picture, ImageCms.createProfile("sRGB"), ImageCms.createProfile("sRGB"))
        assert np.abs(np.asarray(other, float) / 255.0 - inside).max() > 3.0 * PROFILE_STEPS


def test_png_is_tagged_by_gamut_and_transfer(tmp_path: Path) -> None:
    """W3C PNG third edition, 11.3.2: code points of H.273; chromaticities in 0.00002, luminance in 0.0001 cd/m2."""
    for gamut, points in (("display_p3", (12, 13, 0, 1)), ("rec2020", (9, 13, 0, 1))):
        write_still(tmp_path / "a.png", smooth(gamut))
        found = chunks(tmp_path / "a.png")
        assert tuple(found[b"cICP"]) == points and b"iCCP" in found and b"sRGB" not in found
    write_still(tmp_path / "a.png", smooth())
    assert {b"cICP", b"iCCP"}.isdisjoint(chunks(tmp_path / "a.png"))
    hdr = Image(encode_pq(np.full((4, 5, 3), 100.0, np.float32)), "rec2020", "pq")
    hdr.pixels[0, 0] = encode_pq(np.array([900.0, 10.0, 20.0], np.float32))
    write_still(tmp_path / "h.png", hdr, bits=8)
    found = chunks(tmp_path / "h.png")
    assert tuple(found[b"cICP"]) == (9, 16, 0, 1) and found[b"IHDR"][8] == 16
    mastering = struct.unpack(">8H2I", found[b"mDCV"])
    assert mastering == (35400, 14600, 8500, 39850, 6550, 2300, 15635, 16450, 10_000_000, 50)
    most, mean = (level * 1e-4 for level in struct.unpack(">2I", found[b"cLLI"]))
    assert most == pytest.approx(900.0, rel=1e-3) and mean == pytest.approx(140.0, rel=1e-3)


def test_long_texts_do_not_break_a_jpeg(tmp_path: Path) -> None:
    long = {"scene": "short", "scene_toml": "y" * 2 * LARGEST_BYTES}
    assert b"short" in xmp_packet(long) and len(xmp_packet(long)) < LARGEST_BYTES
    write_still(tmp_path / "a.jpg", smooth(), metadata=long)
    with Pillow.open(tmp_path / "a.jpg") as read:
        read.load()


def test_a_whole_sphere_says_so() -> None:
    scene = load_scene("angels_singing")
    sphere = scene.camera.model_copy(update={"projection": "equirectangular", "columns": 64, "rows": 32})
    moment = moment_of(scene.model_copy(update={"camera": sphere}), scene.time.epoch)
    told = panorama_of(moment)
    assert told["GPano:ProjectionType"] == "equirectangular" and told["GPano:FullPanoWidthPixels"] == "64"
    assert float(told["GPano:PoseHeadingDegrees"]) == pytest.approx(72.0, abs=0.01)  # as the scene's first key
    assert b"<GPano:UsePanoramaViewer>True<" in xmp_packet(told)
    assert panorama_of(moment_of(scene, scene.time.epoch)) == {}


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    for name in ("a.jpg", "a.avif"):
        with pytest.raises(InputError, match=r"hdr in \.\w+ \(\.png needs nothing\) needs imagecodecs.*pip install"):
            write_still(tmp_path / name, smooth("rec2020", "pq"))
    require_still("a.png", hdr=True)
    with pytest.raises(InputError, match=r"70000x10 is too large for \.jpg"):
        require_still("a.jpg", hdr=False, size=(70_000, 10))


def test_hdr_avif_and_gain_map(tmp_path: Path) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    down, across = np.mgrid[0.0 : 1.0 : ROWS * 1j, 0.0 : 1.0 : COLUMNS * 1j]
    light = np.stack([10.0 + 800.0 * across, 20.0 + 300.0 * down, 50.0 + 100.0 * across * down], axis=2)
    hdr = Image(encode_pq(light.astype(np.float32)), "rec2020", "pq")
    write_still(tmp_path / "a.avif", hdr)
    data = (tmp_path / "a.avif").read_bytes()
    at = data.index(b"colrnclx") + 8
    assert struct.unpack(">HHHB", data[at : at + 7]) == (9, 16, 9, 0x80)
    back = imagecodecs.avif_decode(data)
    assert np.abs(back / 1023.0 - hdr.pixels).max() < LOSSY
    write_still(tmp_path / "a.jpg", hdr)
    data = (tmp_path / "a.jpg").read_bytes()
    assert b"urn:iso:std:iso:ts:21496:-1" in data and b"MPF\0" in data
    with Pillow.open(tmp_path / "a.jpg") as read:
        assert read.size == (COLUMNS, ROWS)
    linear = imagecodecs.ultrahdr_decode(data, dtype=np.float16, transfer=imagecodecs.ULTRAHDR.CT.LINEAR)
    brightness = np.asarray(linear, float)[:, :, :3].max(axis=2) * 203.0
    assert np.median(np.abs(brightness / decode_pq(hdr.pixels).max(axis=2) - 1.0)) < 0.2
