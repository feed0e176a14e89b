"""How much work a picture is worth: what `[camera] quality` means to the march and to its maps."""

from __future__ import annotations

from dataclasses import dataclass, replace

from render.integrator.lattice import EVERY_PIXEL, STANDARD, Sampling


@dataclass(frozen=True)
class Quality:
    """What is spent on a picture.

    `sampling` of its pixels; `step`: length of the march's steps, and `pixel`: pixel that the aurora's maps are to
    resolve, both relative to the default; `instants`: of an exposure, at most; `memory_texels`: along the memory's
    finest tiles; `memory_ages_s`: its ages, s (empty: those of `render.emission.afterglow`). `sky_rows_apart`: of the
    rows of the sky-view table, every so many are marched and kept.
    """

    sampling: Sampling
    step: float
    pixel: float
    instants: int
    memory_texels: int
    memory_ages_s: tuple[float, ...] = ()
    sky_rows_apart: int = 1


MEMORY_TEXELS = 16  # 2 km: half as many move red light by 5 % at most
MOST_INSTANTS = 64  # as many as a scene may ask for
QUALITIES = {
    "preview": Quality(Sampling(8, 0.75), 2.0, 2.5, 1, 4, (0.0, 16.0, 66.0, 200.0)),
    "standard": Quality(STANDARD, 1.0, 1.0, MOST_INSTANTS, MEMORY_TEXELS),
    "final": Quality(EVERY_PIXEL, 0.5, 1.0, MOST_INSTANTS, MEMORY_TEXELS),
}
"""By name; errors, `python -m benchmarks --errors`, stand in docs/performance.md."""
GLANCE = "glance"  # of a window's coarse passes, which no scene can ask for: as a preview, with fewer rays of the sky


def quality_named(name: str) -> Quality:
    """Return a quality by its name: of QUALITIES, or GLANCE."""
    return replace(QUALITIES["preview"], sky_rows_apart=4) if name == GLANCE else QUALITIES[name]
