"""Failures of single frames, counted on disk beside the frames, so that all machines at a film know of them.

A frame that kills whatever renders it (for want of memory, as a rule) would otherwise kill one machine after another.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass

from render.core.errors import PolarlightError
from render.core.files import append_to
from render.core.machine import host_tag
from render.films.claims import told_by
from render.films.plan import FilmPlan

SUFFIX = ".failures"
MOST_BYTES = 1 << 16  # read of a frame's file of failures


class FrameError(PolarlightError):
    """Say why a frame could not be rendered; another try may fare better."""


class GoneError(PolarlightError):
    """Say that who was at a frame is gone: the frame is not to blame, and another renders it."""


class OvertakenError(PolarlightError):
    """Say that another has written a frame first: it is left as it is."""


class FramesFailedError(PolarlightError):
    """Say which frames of a film could not be rendered; all others are done."""


@dataclass(frozen=True)
class Failures:
    """The failures of a plan's frames on disk, of which each frame is allowed `retries`, and one more fails it."""

    plan: FilmPlan
    retries: int

    def note(self, index: int, why: str) -> None:
        """Add a failure of a frame to its file; a folder that takes nothing will be told of elsewhere."""
        told = {"stamp": self.plan.stamp(index), "host": host_tag(), "pid": os.getpid(), "why": why}
        with suppress(OSError):
            append_to(self._path(index), json.dumps(told).encode() + b"\n")

    def of(self, index: int) -> list[str]:
        """Return why a frame, as it would be rendered now, has failed so far, the last failure last."""
        try:
            with open(self._path(index), "rb") as file:
                lines = file.read(MOST_BYTES).decode("utf-8", "replace").splitlines()
        except OSError:
            return []
        stamp = self.plan.stamp(index)
        return [str(told.get("why", "?")) for line in lines if (told := told_by(line)).get("stamp") == stamp]

    def is_given_up(self, index: int) -> bool:
        """Say whether a frame has failed too often to be tried again."""
        return len(self.of(index)) > self.retries

    def forget(self, index: int) -> None:
        """Remove what is noted of a frame."""
        with suppress(OSError):
            os.unlink(self._path(index))

    def forget_all(self) -> None:
        """Remove what is noted of any frame of the plan."""
        name = self.plan.scene.film.frame_name
        for path in self.plan.folder.glob(f".{name}_*{SUFFIX}"):
            with suppress(OSError):
                path.unlink()

    def error(self, indices: list[int]) -> FramesFailedError:
        """Return the error that tells of the frames that were given up, the first few by name."""
        told = [f"{index} ({len(whys)} times: {whys[-1]})" for index in indices[:3] if (whys := self.of(index))]
        more = f" and {len(indices) - len(told)} more" if len(indices) > len(told) else ""
        return FramesFailedError(
            f"{len(indices)} of {len(self.plan.wanted)} frames failed: {', '.join(told)}{more}; the others are in "
            f"{self.plan.folder}; the same command tries again"
        )

    def _path(self, index: int) -> str:
        path = self.plan.path(index)
        return str(path.with_name(f".{path.stem}{SUFFIX}"))
