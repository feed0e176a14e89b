"""The data of a film's frames beside it, as subtitles or a table, or drawn into a copy of a frame."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from render.core.files import whole_file
from render.formats.png import png_bytes, read_png_pixels
from render.imaging.colour import Image
from render.imaging.encoding import Transfer

TEXT_HEIGHT = 0.026  # of the picture's height; chosen by eye
BETWEEN_PARTS = "   "  # of a data line: date, place, exposure
LEAST_TEXT_PX = 9  # below, letters cannot be read
LETTERS: dict[Transfer, float] = {"srgb": 0.92, "pq": 0.56}  # code value: just below diffuse white
GROUND_SHARE = 0.45  # of the picture that the strip behind the letters lets through


@dataclass(frozen=True)
class FrameData:
    """When, from where and how one frame was taken; longitude counts east; `in_place_of`: of a missing one."""

    frame: int
    utc: str
    latitude_deg: float
    longitude_deg: float
    altitude_km: float
    exposure_s: float
    f_number: float
    iso: float
    in_place_of: int | None = None

    @property
    def words(self) -> str:
        """Return the data as one line for people."""
        date, _, clock = self.utc.rstrip("Z").partition("T")
        north, east = "NS"[self.latitude_deg < 0.0], "EW"[self.longitude_deg < 0.0]
        place = f"{abs(self.latitude_deg):.1f}°{north} {abs(self.longitude_deg):.1f}°{east} {self.altitude_km:.0f} km"
        exposure = f"{_shutter(self.exposure_s)} f/{self.f_number:.3g} ISO {self.iso:.0f}"
        held = () if self.in_place_of is None else (f"frame {self.frame} held: {self.in_place_of} is missing",)
        return BETWEEN_PARTS.join((f"{date} {clock[:8]} UTC", place, exposure, *held))


def _shutter(seconds: float) -> str:
    """Return an exposure time as cameras show it: 0.5 s, 1/60 s."""
    return f"{seconds:.2g} s" if seconds >= 0.25 else f"1/{1.0 / seconds:.0f} s"


def write_beside(kind: str, place: Path, data: Sequence[FrameData], rate: Fraction) -> None:
    """Write the data beside a video or a folder of frames: PLACE.srt or PLACE.csv; nothing for other kinds.

    Raises OutputError where the file cannot be written.
    """
    if kind not in ("srt", "csv"):
        return
    path = place.with_name(f"{place.stem if place.suffix in ('.mp4', '.mov') else place.name}.{kind}")
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        if kind == "srt":
            file.write(subtitles(data, rate))
            return
        table = csv.writer(file, lineterminator="\n")
        gaps = any(one.in_place_of is not None for one in data)
        columns = [field.name for field in fields(FrameData)][: None if gaps else -1]
        table.writerow(columns)
        for one in data:
            values = astuple(one)[: len(columns)]
            table.writerow([f"{value:.9g}" if isinstance(value, float) else value for value in values])


def subtitles(data: Sequence[FrameData], rate: Fraction) -> str:
    """Return the data as SubRip subtitles, one for each frame while it is shown."""
    cues = []
    for count, one in enumerate(data):
        start, end = (_clock(Fraction(at) / rate) for at in (count, count + 1))
        cues.append(f"{count + 1}\n{start} --> {end}\n{one.words}\n")
    return "\n".join(cues)


def _clock(seconds: Fraction) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d},{rest % 1000:03d}"


def _laid_out(words: str, rows: int, columns: int) -> tuple[list[str], int]:
    """Return the lines and the letters' height, pixels, that a picture has room for: smaller letters in a narrow one,
    then a line for each part; below LEAST_TEXT_PX the end is cut."""
    size, parts = max(LEAST_TEXT_PX, round(TEXT_HEIGHT * rows)), words.split(BETWEEN_PARTS)
    for lines in ([words], parts):
        widest = max(ImageFont.load_default(size).getlength(line) for line in lines)
        fitting = int(size * min(1.0, max(columns - size, 0) / widest))
        if fitting >= LEAST_TEXT_PX:
            return lines, fitting
    return parts, LEAST_TEXT_PX


def burned(frame: Path, words: str, transfer: Transfer) -> bytes:
    """Return a copy of a frame, a PNG of `write_png`, as PNG with words on a darkened strip along its lower edge.

    The copy is for a video: it keeps the frame's bits, not its tags. Raises InputError for another PNG.
    """
    pixels = read_png_pixels(frame)
    bits = 8 * pixels.dtype.itemsize
    rows, columns, _ = pixels.shape
    lines, size = _laid_out(words, rows, columns)
    strip = min(rows, (len(lines) + 1) * size)
    mask = Pillow.new("L", (columns, strip), 0)
    draw, font = ImageDraw.Draw(mask), ImageFont.load_default(size)
    draw.text((size, strip / 2), "\n".join(lines), fill=255, font=font, anchor="lm")
    letters = np.asarray(mask, np.float32)[:, :, None] / 255.0
    shown = pixels.astype(np.float32) / (2**bits - 1)
    ground = GROUND_SHARE * shown[-strip:]
    shown[-strip:] = ground + letters * (LETTERS[transfer] - ground)
    return png_bytes(Image(shown), bits)
