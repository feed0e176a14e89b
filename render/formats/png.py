"""Picture files: PNG of 8 or 16 bits with what made it written in, whole or not at all."""

from __future__ import annotations

import io
import itertools
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from render.core.errors import InputError
from render.core.files import open_plain, reading_error, whole_file
from render.formats.light_levels import GAMUTS_OF_CICP, TRANSFERS_OF_CICP, LightLevel
from render.formats.png_tags import CD_M2_UNIT, colour_chunks
from render.imaging.colour import Image
from render.imaging.encoding import PEAK_CD_M2, Transfer
from render.imaging.settings import Gamut

_SIGNATURE = b"\x89PNG\r\n\x1a\n"  # W3C PNG third edition, 5.2
_TRUE_COLOUR = 2  # colour type of red, green, blue without alpha (11.2.1)
_SUB_FILTER = 1  # each byte minus the one of the pixel to its left (9.2)
_COMPRESSION = 4  # zlib level: within 3 % of level 6 on noisy frames, in half the time
_ROWS_AT_ONCE, _PIECE_BYTES = 128, 1 << 26  # bound the memory of encoding, and of reading
MOST_CHUNK_BYTES, MOST_TEXT_BYTES = 2**28, 2**26  # far above ours: a length that lies does not take the memory


def quantise(pixels: Any, bits: int) -> np.ndarray:
    """Return encoded pixels 0..1 as uint8 or uint16, rounded to the nearest; values outside are clipped."""
    full, kind = (255.0, np.uint8) if bits == 8 else (65535.0, np.uint16)
    scaled = np.clip(np.asarray(pixels, dtype=np.float32), 0.0, 1.0) * np.float32(full)
    return (scaled + np.float32(0.5)).astype(kind, order="C")


def write_png(
    path: str | Path,
    image: Image,
    bits: int = 8,
    metadata: dict[str, str] | None = None,
    exif: bytes = b"",
    *,
    durable: bool = True,
) -> None:
    """Write an image as PNG of 8 or 16 bits per channel, tagged with its colours, whole or not at all.

    `metadata` goes to iTXt, its keywords having 1 to 79 Latin-1 characters; `exif`: TIFF data. An image in PQ has 16
    bits. `durable`: see `whole_file`. Raises OutputError if the place cannot be written.
    """
    rows, columns, _ = image.pixels.shape
    write_png_bands(path, (columns, rows), [image], bits, metadata, exif, durable=durable)


def png_bytes(image: Image, bits: int = 8) -> bytes:
    """Return an image as `write_png` would write it."""
    rows, columns, _ = image.pixels.shape
    held = io.BytesIO()
    _encode(held, (columns, rows), [image], bits, {}, b"")
    return held.getvalue()


def write_png_bands(
    path: str | Path,
    size: tuple[int, int],
    bands: Iterable[Image],
    bits: int = 8,
    metadata: dict[str, str] | None = None,
    exif: bytes = b"",
    *,
    durable: bool = True,
) -> None:
    """Write as `write_png` an image that comes in bands of rows, from the top; `size` (columns, rows) of the whole.

    Only one band is held; how bright the whole is, is told of a single one. Raises ValueError for bands that do not
    fill the size.
    """
    if bits not in (8, 16):
        raise InputError(f"PNG bits must be 8 or 16, got {bits}")
    with whole_file(path, durable=durable) as part, part.open("wb") as file:
        _encode(file, size, bands, bits, metadata or {}, exif)


def _encode(
    file: BinaryIO,
    size: tuple[int, int],
    bands: Iterable[Image],
    bits: int,
    metadata: dict[str, str],
    exif: bytes,
) -> None:
    """Write the bands as PNG to an open file. Raises ValueError for bands that do not fill the size."""
    columns, rows = size
    coming = iter(bands)
    first = next(coming, None)
    if first is None:
        raise ValueError(f"0 rows came, not {rows}")
    bits = 16 if first.transfer == "pq" else bits
    squeeze, written = zlib.compressobj(_COMPRESSION), 0
    file.write(_SIGNATURE)
    _write_chunk(file, b"IHDR", struct.pack(">IIBBBBB", columns, rows, bits, _TRUE_COLOUR, 0, 0, 0))
    for kind, data in colour_chunks(first, whole=first.pixels.shape[0] == rows):
        _write_chunk(file, kind, data)
    if exif:
        _write_chunk(file, b"eXIf", exif)
    for keyword, text in metadata.items():
        _write_chunk(file, b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8"))
    for band in itertools.chain([first], coming):
        if band.pixels.shape[1] != columns:
            raise ValueError(f"a band is {band.pixels.shape[1]} pixels wide, not {columns}")
        written += band.pixels.shape[0]
        for data in _filtered_rows(band.pixels, bits):
            if squeezed := squeeze.compress(data):
                _write_chunk(file, b"IDAT", squeezed)
    if written != rows:
        raise ValueError(f"{written} rows came, not {rows}")
    _write_chunk(file, b"IDAT", squeeze.flush())
    _write_chunk(file, b"IEND", b"")


def _filtered_rows(pixels: Any, bits: int) -> Iterator[bytes]:
    """Yield the filtered rows, some at a time."""
    for top in range(0, pixels.shape[0], _ROWS_AT_ONCE):
        block = quantise(pixels[top : top + _ROWS_AT_ONCE, :, :], bits)
        raw = block.astype(block.dtype.newbyteorder(">")).view(np.uint8).reshape(block.shape[0], -1)
        step = 3 * bits // 8
        filtered = np.empty((raw.shape[0], raw.shape[1] + 1), dtype=np.uint8)
        filtered[:, 0] = _SUB_FILTER
        filtered[:, 1 : step + 1] = raw[:, :step]
        filtered[:, step + 1 :] = raw[:, step:] - raw[:, :-step]  # modulo 256, as the filter wants
        yield filtered.tobytes()


def _write_chunk(file: BinaryIO, kind: bytes, data: bytes) -> None:
    """Write one chunk: length, type, data, check sum."""
    file.write(struct.pack(">I", len(data)) + kind)
    file.write(data)
    file.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))


def png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield (type, data) of each chunk. Raises ValueError where the file is not a whole PNG."""
    if file.read(8) != _SIGNATURE:
        raise ValueError("no PNG signature")
    kind = b""
    while kind != b"IEND":
        head = file.read(8)
        if len(head) < 8:
            raise ValueError("ends early")
        length, kind = struct.unpack(">I4s", head)
        if length > MOST_CHUNK_BYTES:
            raise ValueError(f"a chunk of {length / 1e6:.0f} MB")
        body = file.read(length + 4)
        if len(body) < length + 4:
            raise ValueError("ends early")
        if struct.unpack(">I", body[-4:])[0] != zlib.crc32(body[:-4], zlib.crc32(kind)):
            raise ValueError(f"wrong check sum in chunk {kind!r}")
        yield kind, body[:-4]


def read_png_metadata(path: str | Path, *, head: bool = False) -> dict[str, str] | None:
    """Return the texts of a PNG (tEXt, zTXt, iTXt) without decoding its pixels; None if it is absent or not whole.

    Every check sum is checked up to the end chunk, so a frame cut short by a crash is told from a finished one. `head`
    reads only what stands before the pixels, as all texts of `write_png` do, and is quick. Raises InputError for a
    file that is there and cannot be read: what it is then, nobody knows.
    """
    texts: dict[str, str] = {}
    try:
        with open_plain(path) as file:
            for kind, data in png_chunks(file):
                if kind in (b"tEXt", b"zTXt", b"iTXt"):
                    keyword, text = _text(kind, data)
                    texts[keyword] = text
                elif head and kind == b"IDAT":
                    break
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError, zlib.error):
        return None
    except OSError as error:
        raise reading_error(f"cannot read {path} as PNG", error) from error
    return texts


def has_png_end(path: str | Path) -> bool:
    """Say whether a file ends as a PNG does that was written to its end."""
    end = struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))
    try:
        with open_plain(path) as file:
            file.seek(-len(end), os.SEEK_END)
            return file.read() == end
    except (OSError, ValueError):
        return False


def _text(kind: bytes, data: bytes) -> tuple[str, str]:
    """Return keyword and text of a text chunk."""
    keyword, _, rest = data.partition(b"\0")
    if kind == b"tEXt":
        return keyword.decode("latin-1"), rest.decode("latin-1")
    if kind == b"zTXt":
        return keyword.decode("latin-1"), _inflated(rest[1:], MOST_TEXT_BYTES).decode("latin-1")
    packed, after = rest[0:1], rest[2:]
    _, _, after = after.partition(b"\0")  # language
    _, _, text = after.partition(b"\0")  # translated keyword
    return keyword.decode("latin-1"), (_inflated(text, MOST_TEXT_BYTES) if packed == b"\x01" else text).decode("utf-8")


def _inflated(data: bytes, most: int) -> bytes:
    """Return what deflated data hold. Raises ValueError for more bytes than `most`, zlib.error for damaged ones."""
    reader = zlib.decompressobj()
    found = reader.decompress(data, most + 1)
    if len(found) > most:
        raise ValueError("its data are longer than its header says")
    if not reader.eof:
        raise ValueError("its data end early")
    return found


def png_size(path: str | Path) -> tuple[int, int]:
    """Return (columns, rows) of a PNG from its header. Raises InputError if it is none."""
    try:
        with open_plain(path) as file:
            kind, data = next(png_chunks(file))
    except (OSError, ValueError) as error:
        raise reading_error(f"cannot read {path} as PNG", error) from error
    if kind != b"IHDR" or len(data) != 13:
        raise InputError(f"cannot read {path} as PNG: no header")
    columns, rows = struct.unpack(">II", data[:8])
    return columns, rows


def png_colours(path: str | Path) -> tuple[Gamut, Transfer]:
    """Return gamut and transfer of a PNG as its code points say; sRGB where it has none. Raises InputError."""
    try:
        with open_plain(path) as file:
            for kind, data in png_chunks(file):
                if kind == b"cICP" and len(data) == 4:
                    return GAMUTS_OF_CICP.get(data[0], "srgb"), TRANSFERS_OF_CICP.get(data[1], "srgb")
                if kind == b"IDAT":
                    break
    except (OSError, ValueError) as error:
        raise reading_error(f"cannot read {path} as PNG", error) from error
    return "srgb", "srgb"


def png_light_level(path: str | Path) -> LightLevel:
    """Return how bright a PNG in PQ says that it is; of one that says nothing, as bright as may be."""
    try:
        with open_plain(path) as file:
            for kind, data in png_chunks(file):
                if kind == b"cLLI" and len(data) == 8:
                    return LightLevel(*(level * CD_M2_UNIT for level in struct.unpack(">2I", data)))
                if kind == b"IDAT":
                    break
    except (OSError, ValueError) as error:
        raise reading_error(f"cannot read {path} as PNG", error) from error
    return LightLevel(PEAK_CD_M2, PEAK_CD_M2)


def read_png_pixels(path: str | Path) -> np.ndarray:
    """Return the code values [row, column, channel], uint8 or uint16, of a PNG of `write_png`. Raises InputError."""
    try:
        return np.concatenate(list(png_rows(path)))
    except (OSError, ValueError, zlib.error) as error:
        raise reading_error(f"cannot read {path} as PNG", error) from error


def png_rows(path: str | Path) -> Iterator[np.ndarray]:
    """Yield what `read_png_pixels` returns, some rows at a time, every check sum being checked.

    Raises ValueError, zlib.error or OSError for a file that is not whole, InputError for another encoding.
    """
    with open_plain(path) as file:
        chunks = png_chunks(file)
        columns, rows, bits, colour, *rest = struct.unpack(">IIBBBBB", next(chunks)[1].ljust(13, b"\0")[:13])
        if colour != _TRUE_COLOUR or bits not in (8, 16) or any(rest) or not rows * columns:
            raise InputError(f"cannot read {path}: its pixels are not as polarlight writes them")
        row_bytes, reader, held = 1 + columns * 3 * bits // 8, zlib.decompressobj(), b""
        for kind, data in chunks:
            left = data if kind == b"IDAT" else b""
            while left:
                held, left = held + reader.decompress(left, _PIECE_BYTES), reader.unconsumed_tail
                if len(held) > rows * row_bytes:
                    raise ValueError("its data are longer than its header says")
                if count := len(held) // row_bytes:
                    yield _unfiltered(path, held[: count * row_bytes], count, columns, bits)
                    held, rows = held[count * row_bytes :], rows - count
        if held + reader.flush() or rows or not reader.eof:
            raise ValueError("its data end early" if rows else "its data are longer than its header says")


def _unfiltered(path: str | Path, filtered: bytes, rows: int, columns: int, bits: int) -> np.ndarray:
    """Return the code values of whole rows. Raises InputError for another filter than that of `write_png`."""
    raw = np.frombuffer(filtered, np.uint8).reshape(rows, -1)
    if (raw[:, 0] != _SUB_FILTER).any():
        raise InputError(f"cannot read {path}: its rows are not filtered as polarlight filters them")
    whole = np.add.accumulate(raw[:, 1:].reshape(rows, columns, -1), axis=1, dtype=np.uint8)
    return whole if bits == 8 else whole.view(">u2").astype(np.uint16)
