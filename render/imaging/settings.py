"""The sections `[develop]`, how a frame becomes a picture, and `[film]`, how pictures become a film."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from render.core.record import Record


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
    bits: Literal[8, 16] = Field(8, description="Bits per channel of PNG files.")
    noise: bool = Field(True, description="Photon and read noise.")
    seed: int = Field(0, ge=0, lt=2**63, description="Seed of the noise.")


class FilmSettings(Record):
    """Hold how many pictures are taken, how far apart, and how they are shown as a film."""

    frames: int = Field(240, ge=1, le=1_000_000, description="Number of frames of the film.")
    interval_s: float = Field(1.0, gt=0.0, le=86400.0, description="Time from one frame to the next, s.")
    frames_per_second: float = Field(24.0, ge=1.0, le=240.0, description="Frames per second of the video file.")
    crf: int = Field(16, ge=0, le=51, description="H.264 constant rate factor: 0 is lossless, higher is smaller.")
