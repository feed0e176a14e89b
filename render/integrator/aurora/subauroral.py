"""Stage subauroral arcs for the device, and add their rayleighs to a picture's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from render import device as devices
from render.core.epoch import Epoch
from render.core.lines import LINE_KEYS
from render.emission.subauroral import NODE_KM, SubauroralForm, sar_form, steve_form, track_x_km
from render.geophysics.field import field_lines
from render.geophysics.field.field_lines import FieldLineMap, Window
from render.geophysics.field.geomagnetic import magnetic_local_time_h
from render.geophysics.field.magnetic_coordinates import dark_at_noon, magnetic_xy
from render.geophysics.forms.subauroral import SarArcSettings, SteveSettings
from shaders.aurora import subauroral

if TYPE_CHECKING:
    from render.integrator.aurora.magnetosphere import Magnetosphere


class Sources(Protocol):
    """What is read of the `[aurora]` section."""

    @property
    def sar_arc(self) -> SarArcSettings | None:
        """The SAR arc, if there is one."""

    @property
    def steve(self) -> SteveSettings | None:
        """STEVE, if there is one."""

    @property
    def seed(self) -> int:
        """Which of all auroras of this drive."""

    @property
    def local_time_shift_h(self) -> float:
        """Hours added to magnetic local time."""


@dataclass(frozen=True)
class SubauroralStage:
    """Subauroral arcs of one instant as the kernel takes them: `shaders.aurora.subauroral.Axes` and `Forms`."""

    axes: Any
    arcs: Any


def prepare(
    settings: Sources, kp: float, magnetosphere: Magnetosphere, epoch: Epoch, time_s: float
) -> SubauroralStage | None:
    """Stage the scene's subauroral arcs at an instant; None where it has none or none is within sight."""
    forms = []
    if settings.sar_arc is not None:
        forms.append(sar_form(settings.sar_arc, settings.seed))
    if settings.steve is not None:
        forms.append(steve_form(settings.steve, kp, time_s, settings.seed))
    if not forms:
        return None
    local_time = magnetic_local_time_h(magnetosphere.longitude_deg, epoch) + settings.local_time_shift_h
    x, y = magnetic_xy(magnetosphere.latitude_deg, local_time)
    return stage_forms(forms, magnetosphere.field, magnetosphere.window, x, y)


def stage_forms(
    forms: Sequence[SubauroralForm], field: FieldLineMap, window: Window, x_km: np.ndarray, y_km: np.ndarray
) -> SubauroralStage | None:
    """Stage forms that have light among the window's nodes, at `x_km`, `y_km` [row, column] of the magnetic map."""
    y_km = dark_at_noon(x_km, y_km)
    tracks = [_with_distance(form.track) for form in forms]
    seen = [k for k, form in enumerate(forms) if _within(form, tracks[k], window, x_km, y_km)]
    if not seen:
        return None
    lights = [
        (k, LINE_KEYS.index(key), rayleighs)
        for k, form in enumerate(forms[i] for i in seen)
        for key, rayleighs in form.brightness_r.items()
    ]
    arrays = {
        "magnetic": np.stack([x_km, y_km], axis=-1),
        "forms": np.array([_row(forms[i]) for i in seen]), "tracks": np.stack([tracks[i] for i in seen]),
        "lights": np.array(lights, float),
    }  # fmt: skip
    axes = devices.record(
        subauroral.Axes, sphere=(float(field.hemisphere), field_lines.PLANE_RADIUS_KM), field=_axis(field.window),
        magnetic=_axis(window), track=(float(track_x_km()[0]), NODE_KM),
    )  # fmt: skip
    lines = devices.upload_kept(field.vectors, vectors=True)
    staged = {name: devices.upload(array) for name, array in arrays.items()}
    return SubauroralStage(axes, devices.pack(subauroral.Forms, field=lines, **staged))


def _axis(window: Window) -> tuple[float, float, float]:
    return window.x0_km, window.y0_km, window.spacing_km


def _row(form: SubauroralForm) -> tuple[float, ...]:
    """Return a form as the kernel takes it."""
    p = form.profile
    return form.sigma_km, p.bottom_km, p.peak_km, p.top_km, p.below_km, p.above_km, p.per_km


def _with_distance(track: np.ndarray) -> np.ndarray:
    """Return a track [node, 3] with the distance along x, km, to the nearest lit node and one node on."""
    lit = np.flatnonzero(track[:, 1] > 0.0)
    node = np.arange(len(track))
    if not len(lit):
        return np.column_stack([track, np.full(len(track), NODE_KM * len(track))])
    after = np.clip(np.searchsorted(lit, node), 0, len(lit) - 1)
    off = np.minimum(np.abs(lit[after] - node), np.abs(lit[np.maximum(after - 1, 0)] - node))
    return np.column_stack([track, NODE_KM * np.maximum(off - 1.0, 0.0)])


def _within(form: SubauroralForm, track: np.ndarray, window: Window, x_km: np.ndarray, y_km: np.ndarray) -> bool:
    """Say whether any node of the window is within the form's reach, or a node's distance of it, and has light."""
    if not any(rayleighs > 0.0 for rayleighs in form.brightness_r.values()):
        return False
    x = track_x_km()
    across = np.abs(y_km - np.interp(x_km, x, track[:, 0])) < subauroral.REACH * form.sigma_km + 2.0 * window.spacing_km
    return bool(np.any(across & (np.interp(x_km, x, track[:, 2]) < 2.0 * window.spacing_km)))
