"""Marched light of a stage, kept apart by source, so that a switch asks for no march."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from render.core.lines import LINE_KEYS
from render.frame.stage import Light, Stage

MARCHED_PARTS = ("motion", "aurora", "air", "sky", "noctilucent", "ground")
"""Parts of a stage on which marched light depends."""


@dataclass(eq=False)
class KeptLight:
    """Light of a whole picture: `whole` of all marched sources; `airglow`, its lines alone, None before it is asked
    for.

    Lines are of aurora and airglow, bands of the sky: what is left of lines without the airglow is the aurora's.
    """

    causes: Hashable
    whole: Light
    airglow: np.ndarray | None = None

    def of(self, sources: frozenset[str], dark: frozenset[str]) -> Light:
        """Return a copy of the light of some sources without the `dark` lines.

        Of all of them it is `whole` to the bit, of fewer within the rounding of single precision. Raises ValueError
        where that asks for the airglow, which is not there yet.
        """
        lines = self._lines(sources)
        for key in dark & set(LINE_KEYS):
            lines[LINE_KEYS.index(key)] = 0.0
        sky = self.whole.sky.copy() if "sky" in sources else np.zeros_like(self.whole.sky)
        return Light(lines, sky, self.whole.veil)

    def _lines(self, sources: frozenset[str]) -> np.ndarray:
        shown = {"aurora", "airglow"} & sources
        if len(shown) == 2:
            return self.whole.lines.copy()
        if not shown:
            return np.zeros_like(self.whole.lines)
        if self.airglow is None:
            raise ValueError("the airglow has not been marched apart")
        if "airglow" in shown:
            return self.airglow.copy()
        return np.asarray(np.maximum(self.whole.lines - self.airglow, 0.0))


def needs_airglow_apart(sources: frozenset[str]) -> bool:
    """Return whether light of these sources asks for the airglow alone."""
    return len({"aurora", "airglow"} & sources) == 1


def causes_of_light(stage: Stage) -> Hashable:
    """Return what marched light of a stage depends on: its parts' causes, and where the camera looks."""
    camera = stage.moment.camera
    return *(stage.causes[name] for name in MARCHED_PARTS), stage.moment.pointing, camera.quality


def causes_of_frame(stage: Stage, sources: frozenset[str], dark: frozenset[str]) -> Hashable:
    """Return what a frame of a stage depends on beside its light: points, station, lens, and what is shown."""
    return stage.causes["points"], stage.scene.station, stage.moment.camera.f_number, sources, dark
