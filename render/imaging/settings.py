"""The sections `[develop]`, how a frame becomes a picture, and `[film]`, how pictures become a film."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal

from pydantic import Field, field_validator, model_validator

from render.core.messages import shown
from render.core.record import Record

Gamut = Literal["srgb", "display_p3", "rec2020"]
ExrPrimaries = Literal["srgb", "display_p3", "rec2020", "acescg"]


class DevelopSettings(Record):
    """Hold how radiance becomes a picture."""

    white_balance_k: float = Field(
        5200.0,
        ge=2500.0,
        le=12000.0,
        description="Colour temperature, K, of the light that the camera is told to take for white: CIE daylight from "
        "4000 K, Planckian below.",
    )
    exposure_compensation_ev: float = Field(
        0.0,
        ge=-16.0,
        le=16.0,
        description="Stops by which the picture is developed brighter (above 0) or darker than it was exposed.",
    )
    tone: Literal["linear", "camera", "pushed", "soft", "filmic"] = Field(
        "camera",
        description="camera: as stills from orbit are developed, nearly linear; pushed: three stops up, as stills of "
        "faint nights are; soft: mid-tones lifted; filmic: a sigmoid over 14 stops; linear: the sRGB transfer only.",
    )
    noise_reduction: Literal["camera", "none"] = Field(
        "camera", description="camera: colours smoothed over 4 photosites, as the camera's own pictures are."
    )
    gamut: Gamut = Field(
        "srgb", description="The display's colours that pictures are brought into, hue held; profiles tell it."
    )
    hdr: bool = Field(
        False,
        description="Pictures for bright displays: PQ in Rec. 2020, white at 203 cd/m2, brighter light up to 1000. PNG "
        "has 16 bits; .avif (10 bits) and .jpg (with a gain map) need the extra hdr.",
    )
    bits: Literal[8, 16] = Field(8, description="Bits per channel of PNG files.")
    file_quality: int = Field(92, ge=1, le=100, description="What JPEG and AVIF files keep: 100 is most, and largest.")
    exr_primaries: ExrPrimaries = Field(
        "srgb", description="Primaries of the channels R, G, B of .exr files; ACEScg's are AP1, white near D60."
    )
    noise: bool = Field(True, description="Photon and read noise.")
    seed: int = Field(0, ge=0, lt=2**63, description="Seed of the noise.")


Codec = Literal["h264", "hevc", "av1", "prores"]
FRAME_NAME = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
NTSC_BASES = (24, 30, 48, 60, 120)  # times 1000/1001: the rates of television in 60 Hz countries (SMPTE ST 170)
NTSC_DECIMALS = 0.006  # how far 23.98 and 29.97 are rounded, at most


class FilmSettings(Record):
    """Hold how many pictures are taken, how far apart, and how they are shown as a film."""

    frames: int = Field(240, ge=1, le=1_000_000, description="Number of frames of the film.")
    interval_s: float = Field(1.0, gt=0.0, le=86400.0, description="Time from one frame to the next, s.")
    frames_per_second: float | str = Field(
        24.0,
        description='Frames per second of the video file, 1 to 240, also as "24000/1001"; 23.976 and 29.97 mean those '
        "of television.",
        examples=["24000/1001"],
    )
    codec: Codec = Field(
        "h264",
        description="Of the video file: h264 plays everywhere; hevc and av1 (10 bits) are half as large; prores "
        "(4444, to a .mov) is for editing.",
    )
    hdr: bool = Field(
        False, description="Frames and video for bright displays, HDR10: PQ in Rec. 2020. Needs hevc, av1 or prores."
    )
    crf: int = Field(16, ge=0, le=51, description="Constant rate factor of h264, hevc, av1: higher is smaller.")
    data_line: Literal["none", "burned", "srt", "csv"] = Field(
        "none",
        description="Time, place and exposure of each frame: burned into the video (never into the frames), or beside "
        "it as subtitles or a table.",
    )
    frame_name: str = Field(
        "frame",
        json_schema_extra={"pattern": FRAME_NAME},
        description="Frames are called NAME_00000.png and so on.",
    )

    @field_validator("frame_name")
    @classmethod
    def _a_name(cls, value: str) -> str:
        if not re.fullmatch(FRAME_NAME, value):
            raise ValueError(
                f"{shown(value)} does not fit; allowed: 1 to 100 of A-Z, a-z, 0-9, _, - and ., "
                'of which the first is a letter or digit, as "aurora_4k"'
            )
        return value

    @field_validator("frames_per_second")
    @classmethod
    def _a_rate(cls, value: float | str) -> float | str:
        rate_of(value)
        return value

    @model_validator(mode="after")
    def _codec_for_hdr(self) -> FilmSettings:
        if self.hdr and self.codec == "h264":
            raise ValueError('hdr: h264 cannot show it; write codec = "hevc", "av1" or "prores"')
        return self

    @property
    def rate(self) -> Fraction:
        """Return the frames per second, exactly."""
        return rate_of(self.frames_per_second)


def rate_of(value: float | str) -> Fraction:
    """Return a rate, frames per second, given as a number or as "24000/1001"; decimals of NTSC's become those.

    Raises ValueError for what is none, or not within 1 to 240.
    """
    allowed = '1 to 240, or a fraction in quotes, as "24000/1001"'
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,9}(/[0-9]{1,9}|\.[0-9]{1,9})?", value):
        raise ValueError(f"{value!r} is no rate; allowed: {allowed}")
    try:
        found = Fraction(value)
    except ZeroDivisionError:
        found = Fraction(0)
    if not 1 <= found <= 240:
        raise ValueError(f"{value} frames per second is out of range; allowed: {allowed}")
    for base in NTSC_BASES:
        ntsc = Fraction(base * 1000, 1001)
        if abs(found - ntsc) <= NTSC_DECIMALS:
            return ntsc
    return found.limit_denominator(1001)
