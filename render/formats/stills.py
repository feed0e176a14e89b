"""Pictures as PNG, JPEG and AVIF: profile, EXIF and texts in each, for bright displays too."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from render.core.errors import InputError
from render.core.files import whole_file
from render.core.machine import require
from render.formats.icc import profile
from render.formats.light_levels import CICP_PRIMARIES, CICP_TRANSFER
from render.formats.metadata import tiff_of, xmp_packet
from render.formats.png import quantise, write_png
from render.imaging.colour import Image
from render.imaging.encoding import PEAK_CD_M2, WHITE_CD_M2, decode_pq

STILL_SUFFIXES = (".png", ".jpg", ".jpeg", ".avif")
LARGEST_SIDE = {".jpg": 65_500, ".jpeg": 65_500, ".avif": 65_535}  # pixels; of libjpeg, and of libavif's box
HDR_AVIF_BITS = 10  # as displays and their decoders have it
_BT2020_NCL = 9  # matrix of luma and colour differences (ITU-T H.273, table 4)


def require_still(path: str | Path, *, hdr: bool, size: tuple[int, int] | None = None) -> None:
    """Raise InputError where a still of this ending cannot be written: a package missing, `size` too large."""
    suffix = Path(path).suffix.lower()
    most = LARGEST_SIDE.get(suffix, 2**31 - 1)
    if size and max(size) > most:
        raise InputError(f"{path}: {size[0]}x{size[1]} is too large for {suffix}, {most} at most; write .png")
    if hdr and suffix != ".png":
        require(f"{path}: hdr in {suffix} (.png needs nothing)", "hdr", "imagecodecs")


def write_still(
    path: str | Path,
    image: Image,
    *,
    bits: int = 8,
    quality: int = 92,
    metadata: dict[str, str] | None = None,
    exif: Pillow.Exif | None = None,
) -> None:
    """Write an image in the format of the path's ending, whole or not at all.

    `bits` of PNG; `quality` 1..100 of JPEG and AVIF. `metadata`: texts of PNG, XMP of the others; none in HDR files but
    PNG. Raises OutputError if the place cannot be written, InputError where a package is missing.
    """
    suffix = Path(path).suffix.lower()
    require_still(path, hdr=image.transfer == "pq")
    tiff = tiff_of(exif)
    if suffix == ".png":
        write_png(path, image, bits, metadata, tiff)
        return
    if image.transfer == "pq":
        data = _hdr_avif(image, quality) if suffix == ".avif" else _gain_map_jpeg(image, quality)
        with whole_file(path) as part:
            part.write_bytes(data)
        return
    plain = suffix == ".avif" and image.gamut == "srgb"  # its own code points say so: 1, 13, 6
    options: dict[str, Any] = {"quality": quality, "subsampling": "4:4:4"}
    options |= {} if plain else {"icc_profile": profile(image.gamut)}
    options |= {"exif": tiff and b"Exif\0\0" + tiff, "xmp": xmp_packet(metadata or {})}
    packed = io.BytesIO()  # Pillow takes a file that the disk cut short for written
    Pillow.fromarray(quantise(image.pixels, 8)).save(packed, format="AVIF" if suffix == ".avif" else "JPEG", **options)
    with whole_file(path) as part:
        part.write_bytes(packed.getbuffer())


def _hdr_avif(image: Image, quality: int) -> bytes:
    """Return an AVIF file of 10 bits with the code points of PQ and Rec. 2020."""
    import imagecodecs  # noqa: PLC0415 - an extra

    full = 2**HDR_AVIF_BITS - 1
    codes = (np.clip(np.asarray(image.pixels, np.float32), 0.0, 1.0) * full + 0.5).astype(np.uint16)
    data: bytes = imagecodecs.avif_encode(
        codes,
        level=quality,
        bitspersample=HDR_AVIF_BITS,
        primaries=CICP_PRIMARIES[image.gamut],
        transfer=CICP_TRANSFER["pq"],
        matrix=_BT2020_NCL,
        pixelformat="444",
    )
    return data


def _gain_map_jpeg(image: Image, quality: int) -> bytes:
    """Return a JPEG for any display, with a map of how much brighter HDR displays show it (ISO 21496-1)."""
    import imagecodecs  # noqa: PLC0415 - an extra

    linear = decode_pq(np.asarray(image.pixels, np.float32)) / WHITE_CD_M2
    rgba = np.ones((*linear.shape[:2], 4), np.float16)  # 1 = diffuse white
    rgba[:, :, :3] = linear
    data: bytes = imagecodecs.ultrahdr_encode(
        rgba,
        level=quality,
        gamut=imagecodecs.ULTRAHDR.CG.BT_2100,
        transfer=imagecodecs.ULTRAHDR.CT.LINEAR,
        nits=PEAK_CD_M2,
    )
    return data
