"""A rendered frame, and what its files say of it."""

from __future__ import annotations

from dataclasses import dataclass

from render.core import __version__
from render.core.epoch import Epoch
from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.device import Device
from render.frame.moment import Moment
from render.geophysics.drive.origins import drive_origins
from render.observer.camera import Camera
from render.observer.shipped_elements import elements_nearest, gap_words
from render.scene import Scene

BASE_MEMORY = 330e6  # bytes: Python, Taichi, ephemeris, land mask, tables (measured on the CPU)
MEMORY_PER_PIXEL = 4.0 * (len(LINE_KEYS) + len(SKY_WAVELENGTHS_NM)) + 160.0  # bytes: radiances, exposure, image, map


@dataclass(frozen=True)
class Frame:
    """One rendered frame.

    `lines` and `sky`: the radiances; `moment`: from where it looked, at what and when; `device`: what rendered it;
    `seconds`: how long that took.
    """

    lines: LineRadiance
    sky: SkyRadiance
    moment: Moment
    device: Device
    seconds: float = 0.0

    @property
    def camera(self) -> Camera:
        """Return where the frame looked and how it is exposed."""
        return self.moment.camera

    @property
    def epoch(self) -> Epoch:
        """Return the instant of the frame."""
        return self.moment.epoch

    @property
    def time_s(self) -> float:
        """Return the seconds since the scene's time."""
        return self.moment.time_s


def frame_header(frame: Frame, scene: Scene) -> dict[str, str]:
    """Return what a file of the frame says of itself: scene, time, drive, orbit by name, exposure, device, version."""
    camera = frame.camera
    by_name = scene.observer.satellite is not None
    return {
        "software": f"polarlight {__version__}",
        "scene": scene.name,
        "scene_hash": scene.scene_hash,
        "time_utc": frame.epoch.isoformat(),
        **drive_origins(scene.drive, frame.time_s, scene.time.epoch).header,
        **({"elements": gap_words(elements_nearest(scene.time.epoch))} if by_name else {}),
        "size": f"{camera.columns}x{camera.rows}",
        "f_number": f"{camera.f_number:g}",
        "exposure_s": f"{camera.exposure_s:g}",
        "iso": f"{camera.iso:g}",
        "quality": camera.quality,
        "device": frame.device.label,
        "precision": frame.device.precision,
    }


def expected_memory_bytes(scene: Scene, size: tuple[int, int] | None = None) -> int:
    """Return about how much memory a frame takes at its peak; `size` (columns, rows)."""
    columns, rows = size or (scene.camera.columns, scene.camera.rows)
    return round(BASE_MEMORY + MEMORY_PER_PIXEL * columns * rows)
