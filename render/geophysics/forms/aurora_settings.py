"""The `[aurora]` section of a scene: everything of the curtains that a user may set, with its parts."""

from __future__ import annotations

from pydantic import Field

from render.core.record import Record
from render.geophysics.forms import glow
from render.geophysics.forms.arc_groups import DEFAULT_GROUPS, ArcGroup
from render.geophysics.forms.subauroral import SarArcSettings, SteveSettings
from render.geophysics.forms.substorm import Substorm


class AuroraSettings(Record):
    """The `[aurora]` section: how the energy of the oval is arranged in curtains."""

    enabled: bool = Field(default=True, description="false leaves the sky without aurora")
    seed: int = Field(default=1, ge=0, le=100_000, description="which of all auroras of this drive")
    local_time_shift_h: float = Field(
        default=0.0, ge=-12.0, le=12.0,
        description="hours added to magnetic local time: an open assumption of the scene",
    )  # fmt: skip
    activity: float = Field(default=1.0, ge=0.0, le=2.0, description="scales the drive's activity: folds, rays, flux")
    diffuse_fraction: float = Field(
        default=0.6, ge=0.0, le=1.0, description="share of the oval's power that is diffuse aurora"
    )
    black_aurora: float = Field(
        default=0.4, ge=0.0, le=1.0, description="how dark the black arcs in the diffuse glow are, 0 none, 1 quite dark"
    )
    soft_energy_kev: float = Field(
        default=0.25, ge=0.05, le=2.0, description="keV, characteristic energy of the soft electrons of tall rays"
    )
    sub_frames: int = Field(
        default=8, ge=1, le=64, description="most instants of an exposure at which the aurora is drawn"
    )
    step_scale: float = Field(default=1.0, ge=0.1, le=4.0, description="length of a march step relative to the default")
    groups: tuple[ArcGroup, ...] = Field(
        default=DEFAULT_GROUPS, max_length=16, description="arc groups, [[aurora.groups]]"
    )
    event: tuple[Substorm, ...] = Field(
        default=(), max_length=8, description="time-table of substorms, [[aurora.event]]"
    )
    patches: glow.PatchSettings = Field(default_factory=glow.PatchSettings, description="pulsating patches")
    omega: glow.OmegaSettings | None = Field(default=None, description="omega bands; missing: after a substorm")
    sar_arc: SarArcSettings | None = Field(default=None, description="a stable auroral red arc")
    steve: SteveSettings | None = Field(default=None, description="STEVE, with its picket fence")
    footprint: str | None = Field(
        default=None, description="user map of energy flux and mean energy, .nc or .npz, in place of the oval"
    )
    fine_structure: float = Field(
        default=0.0, ge=0.0, le=1.0, description="part of the user map's flux that is drawn as curtains; 0: as given"
    )
