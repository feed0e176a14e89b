"""What the page has set: changes laid over a scene, what is looked at of its light, and the way back."""

from __future__ import annotations

import copy
import math
import tomllib
from dataclasses import dataclass, field, replace
from typing import Any

from render.core.errors import InputError, SceneError
from render.core.lines import LINE_KEYS
from render.core.messages import shown
from render.frame.moment import Moment, moment_of
from render.imaging.auto_exposure import ExposureCurve
from render.scene import Scene, scene_from_tables
from render.viewer.asked import SOURCES, FalseColour, Request
from render.viewer.checks import checked_colours, checked_size, number, switched
from render.viewer.edits import EXPOSED, KEYS, LOOK, check_change, edit, look_of, own_values

MOST_TIME_S = 86400.0
UNDO_STEPS = 50
LOOKED_AT = ("time_s", "sources", "lines", "false_colour", "size", "linear")
"""Names of the state that change what is looked at, not the scene."""


@dataclass(frozen=True)
class Laid:
    """What lies over the scene: `changes` by names of `render.viewer.edits.KEYS`, and what is looked at."""

    changes: dict[str, Any] = field(default_factory=dict)
    time_s: float = 0.0
    dark_sources: frozenset[str] = frozenset()
    dark_lines: frozenset[str] = frozenset()
    false_colour: FalseColour | None = None
    size: tuple[int, int] | None = None
    linear: bool = True


class Desk:
    """A scene, what is laid over it, and the scene that comes of both; refuses what that scene would refuse.

    `size` (columns, rows) of the picture where the page asks for no other. `curve`: the film's exposure, where that is
    automatic and has been metered; `glanced`: before that, the exposure of the last picture.
    """

    def __init__(self, base: Scene, size: tuple[int, int]) -> None:
        self.base, self.own_size = base, size
        self.laid = Laid()
        self.version = 1
        self.moving = False
        self.curve: ExposureCurve | None = None
        self.glanced: dict[str, float] = {}
        self._undo: list[Laid] = []
        self._open = False  # whether the last step back is still being added to
        self._tables = _tables_of(base)
        self.scene = base

    @property
    def size(self) -> tuple[int, int]:
        """Return the picture's size, (columns, rows)."""
        return self.laid.size or self.own_size

    @property
    def can_undo(self) -> bool:
        """Return whether there is a step back."""
        return bool(self._undo)

    @property
    def changed(self) -> list[str]:
        """Return the names of what is not as the scene has it."""
        laid, none = self.laid, Laid()
        parts = {"time_s": "time_s", "sources": "dark_sources", "lines": "dark_lines", "false_colour": "false_colour"}
        looked = [
            name for name, part in (parts | {"size": "size"}).items() if getattr(laid, part) != getattr(none, part)
        ]
        return [*laid.changes, *looked]

    @property
    def left_out(self) -> list[str]:
        """Return what is switched and has no key in a scene."""
        found = {
            "sources": self.laid.dark_sources,
            "lines": self.laid.dark_lines,
            "false_colour": self.laid.false_colour,
        }
        return [name for name, value in found.items() if value]

    def set(self, changes: dict[str, Any], *, moving: bool) -> None:
        """Lay changes over what is there; None takes one away. Raises InputError, and then nothing has changed."""
        if len(changes) > len(KEYS) + len(LOOKED_AT):
            raise InputError(f"{len(changes)} changes at once")
        laid = self.laid
        scene_changes = dict(laid.changes)
        for name, value in changes.items():
            if name in LOOKED_AT:
                laid = replace(laid, **self._looked_at(name, value))
            elif value is None and name in KEYS:
                scene_changes.pop(name, None)
            else:
                check_change(self.base, name, value)
                scene_changes[name] = value
        scene_changes = self._completed(changes, scene_changes, laid)
        self._take(replace(laid, changes=scene_changes), moving=moving)

    def undo(self) -> None:
        """Go back by one step, if there is one."""
        if self._undo:
            before = self._undo.pop()
            self._open = False
            self._take(before, moving=False, keep=False)

    def reset(self) -> None:
        """Take everything away that lies over the scene."""
        self._take(Laid(linear=self.laid.linear), moving=False)

    def reload(self, base: Scene) -> list[str]:
        """Lay the same over another text of the scene; return the changes that the text has changed too.

        Raises SceneError where both do not go together: then nothing is laid over it any more.
        """
        before, after = dict(own_values(self.base)), dict(own_values(base))
        clash = [name for name in self.laid.changes if before[name] != after[name]]
        self.base, self._tables, self.curve, self.glanced = base, _tables_of(base), None, {}
        self._undo.clear()
        try:
            self.scene = self._scene_of(self.laid.changes)
        except SceneError:
            self.laid, self.scene = replace(self.laid, changes={}), base
            self.version += 1
            raise
        self.version += 1
        return clash

    def drop(self, names: list[str]) -> None:
        """Take some changes away."""
        left = {name: value for name, value in self.laid.changes.items() if name not in names}
        self._take(replace(self.laid, changes=left), moving=False)

    def moment(self, size: tuple[int, int] | None = None) -> Moment:
        """Return from where the picture looks, at what and when. Raises InputError."""
        return moment_at(self._exposed(self.scene), self.laid.time_s, size or self.size)

    def request(self, number: int, planes: str) -> Request:
        """Return what the renderer is to make."""
        laid = self.laid
        return Request(
            number=number, state=self.version, scene=self.scene, base=self.base, time_s=laid.time_s, size=self.size,
            moving=self.moving, sources=frozenset(SOURCES) - laid.dark_sources, dark=laid.dark_lines,
            false_colour=laid.false_colour, linear=laid.linear, planes=planes,
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """Return the state as the page gets it."""
        laid, moment, scene = self.laid, self.moment(), self.scene
        camera = moment.camera
        colours = laid.false_colour
        shown = {"exposure_s": camera.exposure_s, "f_number": camera.f_number, "iso": camera.iso}
        if scene.camera.exposure == "auto":
            shown |= self.glanced
        return {
            **dict(own_values(scene)), **look_of(scene, moment), **shown,
            "kp": scene.drive.kp, "free": any(name in laid.changes for name in LOOK), "time_s": laid.time_s,
            "sources": {name: name not in laid.dark_sources for name in SOURCES},
            "lines": {key: key not in laid.dark_lines for key in LINE_KEYS},
            "false_colour": None if colours is None else {**vars(colours), "lines": list(colours.lines)},
            "size": list(self.size), "linear": laid.linear,
        }  # fmt: skip

    def glance(self, head: dict[str, Any]) -> None:
        """Take note of the exposure of a picture, by its head: it is ours until the film is metered."""
        known = self.curve is not None or self.scene.camera.exposure != "auto"
        self.glanced = {} if known else {name: head[name] for name in EXPOSED}

    def edited_text(self) -> str:
        """Return the scene's text with the changes in it, its comments kept. Raises InputError without tomlkit."""
        import tomlkit  # noqa: PLC0415 - of the extra `view`

        tables = tomlkit.parse(self.base.text)
        edit(tables, self.laid.changes, self.base)
        return tomlkit.dumps(tables)

    def _take(self, laid: Laid, *, moving: bool, keep: bool = True) -> None:
        """Lay this, if the scene that comes of it is one and can be looked at. Raises InputError."""
        if laid != self.laid:
            scene = self.scene if laid.changes == self.laid.changes else self._scene_of(laid.changes)
            moment_at(scene, laid.time_s, laid.size or self.own_size)
            if keep and not self._open:
                self._undo = [*self._undo, self.laid][-UNDO_STEPS:]
            self.laid, self.scene = laid, scene
            self.version += 1
        self._open = moving if keep else False
        self.moving = moving

    def _scene_of(self, changes: dict[str, Any]) -> Scene:
        tables = copy.deepcopy(self._tables)
        edit(tables, changes, self.base)
        return scene_from_tables(tables, self.base.text, self.base.name, self.base.folder, f"{self.base.name}.toml")

    def _exposed(self, scene: Scene) -> Scene:
        """Return a scene with the film's exposure, where the camera exposes by itself and that is known."""
        return scene if self.curve is None or scene.camera.exposure != "auto" else scene.with_exposures(self.curve)

    def _completed(self, asked: dict[str, Any], changes: dict[str, Any], laid: Laid) -> dict[str, Any]:
        """Return changes in which what goes together is together: all angles of a look, all of an exposure."""
        touched = {name for name, value in asked.items() if value is not None}
        moment = None
        if touched & {*LOOK, *EXPOSED}:
            moment = moment_at(self._exposed(self.scene), laid.time_s, self.size)
        if moment is not None and touched & set(LOOK):
            changes = {**look_of(self.scene, moment), **changes}
            if self.base.camera.wcs is not None:
                changes.setdefault("focal_length_mm", _focal_length_mm(self.base, moment))
        auto = changes.get("exposure", self.base.camera.exposure) == "auto"
        if moment is not None and touched & set(EXPOSED) and auto:
            metered = {**{name: getattr(moment.camera, name) for name in EXPOSED}, **self.glanced}
            changes = {**metered, **changes, "exposure": "manual"}
        elif asked.get("exposure") == "auto":
            changes = {name: value for name, value in changes.items() if name not in EXPOSED}
        if not any(name in changes for name in LOOK) and self.base.camera.wcs is not None:
            changes.pop("focal_length_mm", None)
        return changes

    def _looked_at(self, name: str, value: Any) -> dict[str, Any]:
        """Return the members of `Laid` that a change of what is looked at sets. Raises InputError."""
        if value is None:
            names = {"sources": "dark_sources", "lines": "dark_lines"}
            return {names.get(name, name): getattr(Laid(), names.get(name, name))}
        if name == "time_s":
            return {name: number(name, value, -MOST_TIME_S, MOST_TIME_S)}
        if name == "linear":
            if not isinstance(value, bool):
                raise InputError(f"linear {shown(value)}: allowed: true, false")
            return {name: value}
        if name == "size":
            return {name: checked_size(value)}
        if name == "false_colour":
            return {name: checked_colours(value)}
        known, before = (SOURCES, self.laid.dark_sources) if name == "sources" else (LINE_KEYS, self.laid.dark_lines)
        return {f"dark_{name}": switched(name, value, known, before)}


def _tables_of(scene: Scene) -> dict[str, Any]:
    return tomllib.loads(scene.text)


def moment_at(scene: Scene, time_s: float, size: tuple[int, int]) -> Moment:
    """Return a scene's moment so many seconds after its time. Raises InputError as `moment_of`."""
    epoch = scene.time.epoch.plus_seconds(time_s) if time_s else scene.time.epoch
    return moment_of(scene, epoch, size)


def _focal_length_mm(scene: Scene, moment: Moment) -> float:
    """Return the focal length that gives a photograph's scale in the middle of its picture."""
    camera = moment.camera
    pixel = math.sqrt(abs(float(camera.tangent_from_pixel[0][0] * camera.tangent_from_pixel[1][1]
                                - camera.tangent_from_pixel[0][1] * camera.tangent_from_pixel[1][0])))  # fmt: skip
    return float(f"{scene.camera.sensor_width_mm / (camera.columns * pixel):.6g}")
