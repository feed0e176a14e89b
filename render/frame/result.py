"""A rendered frame, and what its files say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from render.core import __version__
from render.core.epoch import Epoch
from render.core.radiance import LineRadiance, SkyRadiance
from render.device import Device
from render.frame.moment import Moment
from render.geophysics.drive.origins import drive_origins
from render.imaging.capture.discs import Disc
from render.observer.camera import Camera
from render.observer.orbit import orbit_taken
from render.scene import Scene

WHOLE_PIXELS = 2**22  # of the largest picture that is developed whole


def is_in_bands(size: tuple[int, int]) -> bool:
    """Say whether a PNG (columns, rows) is developed and written in bands of rows: on every machine alike.

    What lights the station is then taken from a smaller picture.
    """
    return size[0] * size[1] > WHOLE_PIXELS


@dataclass(frozen=True)
class Frame:
    """One rendered frame.

    `lines` and `sky`: the radiances; `moment`: from where it looked, at what and when; `device`: what rendered it;
    `seconds`: how long that took; `discs`: of Sun and Moon, in the picture or beside it, that shine into the lens.
    """

    lines: LineRadiance
    sky: SkyRadiance
    moment: Moment
    device: Device
    seconds: float = 0.0
    discs: tuple[Disc, ...] = ()

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


class Taken(Protocol):
    """What was, or is to be, taken: a frame, or the stage of one."""

    @property
    def moment(self) -> Moment:
        """Return from where, at what and when."""

    @property
    def device(self) -> Device:
        """Return what renders it."""


def frame_header(taken: Taken, scene: Scene) -> dict[str, str]:
    """Return what a file of the frame says of itself: scene, time, drive, orbit, exposure, device, version."""
    moment, camera = taken.moment, taken.moment.camera
    orbit = orbit_taken(scene.observer, scene.time.epoch)
    return {
        "software": f"polarlight {__version__}",
        "scene": scene.name,
        "scene_hash": scene.scene_hash,
        "time_utc": moment.epoch.isoformat(),
        **drive_origins(scene.drive, moment.time_s, scene.time.epoch).header,
        **({"elements": orbit.words} if orbit else {}),
        "size": f"{camera.columns}x{camera.rows}",
        **({} if camera.projection == "rectilinear" else {"projection": camera.projection}),
        "f_number": f"{camera.f_number:g}",
        "exposure_s": f"{camera.exposure_s:g}",
        "iso": f"{camera.iso:g}",
        "quality": camera.quality,
        "device": taken.device.label,
        "precision": taken.device.precision,
    }
