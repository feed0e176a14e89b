"""The sections `[develop]`, how a frame becomes a picture, and `[film]`, how pictures become a film."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from render.core.record import Record

Response = Literal["nikon_5100", "cie_xyz"]
Gamut = Literal["srgb", "display_p3", "rec2020"]
ExrPrimaries = Literal["srgb", "display_p3", "rec2020", "acescg"]


class DevelopSettings(Record):
    """Hold how radiance becomes a picture."""

    response: Response = Field(
        "nikon_5100",
        description="What sees: a Nikon's sensor, or the CIE 1931 2 degree observer (no noise, no sensor clipping).",
    )
    white_balance_k: float = Field(
        5200.0,
        ge=2500.0,
        le=12000.0,
        description="Colour temperature, K, of the light that the camera is told to take for white: CIE daylight from "
        "4000 K, Planckian below.",
    )
    exposure_compensation_ev: float = Field(
        0.0, ge=-10.0, le=10.0, description="Stops by which the picture is developed brighter than it was exposed."
    )
    tone: Literal["camera", "linear"] = Field(
        "camera",
        description="camera: the gentle curve of a camera's own pictures; linear: the sRGB transfer only.",
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


class FilmSettings(Record):
    """Hold how many pictures are taken, how far apart, and how they are shown as a film."""

    frames: int = Field(240, ge=1, le=1_000_000, description="Number of frames of the film.")
    interval_s: float = Field(1.0, gt=0.0, le=86400.0, description="Time from one frame to the next, s.")
    frames_per_second: float = Field(24.0, ge=1.0, le=240.0, description="Frames per second of the video file.")
    crf: int = Field(16, ge=0, le=51, description="H.264 constant rate factor: 0 is lossless, higher is smaller.")
