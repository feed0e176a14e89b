"""The frames of a film joined into its video, by one process at a time, and what is told of each of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from render.core.errors import PolarlightError
from render.core.geodesy import geodetic_from_itrs
from render.films.claims import Claims
from render.films.folder import comment_of, frame_epoch, state_of, video_of
from render.films.plan import FilmPlan
from render.films.presence import FolderAwayError
from render.films.share import LOOK_EVERY_S
from render.formats.data_line import FrameData, write_beside
from render.formats.png import read_png_metadata
from render.formats.video import Coding, carries, write_video
from render.frame.moment import position_at
from render.scene import Scene

JOINING = "video"  # key of the lease of whoever joins the frames


@dataclass
class Target:
    """Where the video of a plan's frames goes: `asked`, unless it is a part's, and the whole film's lies there.

    That is looked at again when frames are joined, since the whole film may have come meanwhile. `missing`: which
    frames others are held for. Raises InputError as `video_of`.
    """

    plan: FilmPlan
    asked: Path
    force: bool
    missing: Sequence[int] = ()

    def __post_init__(self) -> None:
        """Take note of what is there when the run begins."""
        self._at_first = self.path()
        self._before = state_of(self._at_first)

    def path(self) -> Path:
        """Return where the video goes by what lies there now."""
        beside = video_of(self.plan.scene, self.asked, self.plan.wanted, self.plan.size, self.missing)
        return self.asked if self.force else beside

    def is_joined(self, path: Path, comment: str) -> bool:
        """Say whether another has joined the same frames since the run began."""
        return path == self._at_first and state_of(path) != self._before and carries(path, comment)


def join(
    plan: FilmPlan, claims: Claims, shown: Sequence[int], target: Target | None, tell: Callable[[str], None]
) -> Path | None:
    """Join frames into the video, and write what is told of them beside it; one process at a time. Return its path.

    `shown`: which frame stands for each of the plan's. A folder that goes meanwhile is waited for, and its frames are
    joined from the first again. Raises FolderAwayError where it does not come back.
    """
    while True:
        try:
            return _join(plan, claims, shown, target, tell)
        except FolderAwayError:  # which may be back by now
            claims.wait()
        except (PolarlightError, OSError):
            if claims.is_there():
                raise
            claims.wait()


def _join(
    plan: FilmPlan, claims: Claims, shown: Sequence[int], target: Target | None, tell: Callable[[str], None]
) -> Path | None:
    scene, wanted, paths = plan.scene, plan.wanted, [plan.path(index) for index in shown]
    data = data_of(scene, shown, paths, wanted)
    if target is None:
        write_beside(scene.film.data_line, plan.folder, data, scene.film.rate)
        return None
    while not claims.take(JOINING):
        tell("waiting for another process that joins the frames")
        time.sleep(LOOK_EVERY_S)
    try:
        video, comment = target.path(), comment_of(scene, wanted, target.missing)
        if target.is_joined(video, comment):
            return video
        tell("joining frames")
        burned = [one.words for one in data] if scene.film.data_line == "burned" else None
        coding = Coding(scene.film.codec, scene.film.crf, scene.develop.gamut, "pq" if scene.develop.hdr else "srgb")
        write_video(paths, video, scene.film.rate, coding, burned=burned, comment=comment)
        write_beside(scene.film.data_line, video, data, scene.film.rate)
        return video
    finally:
        claims.release(JOINING)


def data_of(
    scene: Scene, frames: Sequence[int], paths: Sequence[Path], wanted: Sequence[int] | None = None
) -> list[FrameData]:
    """Return what is told of each frame, its exposure as the frame's own file has it; nothing where it is not asked.

    `wanted`: in whose place each of them is shown, where some are missing.
    """
    if scene.film.data_line == "none":
        return []
    found = []
    for index, path, place in zip(frames, paths, wanted or frames, strict=True):
        texts, epoch = read_png_metadata(path, head=True) or {}, frame_epoch(scene, index)
        latitude, longitude, altitude_km = (float(part) for part in geodetic_from_itrs(position_at(scene, epoch)))
        exposure_s, f_number, iso = (float(texts.get(key, "nan")) for key in ("exposure_s", "f_number", "iso"))
        gap = None if index == place else place
        place_of = latitude, longitude, altitude_km
        found.append(FrameData(index, epoch.isoformat(), *place_of, exposure_s, f_number, iso, gap))
    return found
