"""Passes of a picture, coarse to fine, over the stages of a frame, each part kept while its causes hold.

The coarsest pass is never dropped, or a hand that moves would see nothing; later ones are, as soon as another request
is there. The last is the frame of `render.frame.render.render_frame` to the bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from typing import Protocol

from render.device import Device
from render.frame.causes import causes_of
from render.frame.development import exposed
from render.frame.metering import metered
from render.frame.moment import Moment, moment_of
from render.frame.result import Frame
from render.frame.stage import SOURCES, Progress, Stage, finish, prepare
from render.imaging.auto_exposure import ExposureCurve
from render.scene import Scene
from render.viewer.asked import DIVISORS, Metered, Pass, Request
from render.viewer.exposing import glanced
from render.viewer.kept import KeptLight, causes_of_frame, causes_of_light, needs_airglow_apart
from render.viewer.near import HASTE_LACKS, SKETCH_LACKS, NearStage
from render.viewer.pictures import Taken, pass_of

FINEST_NEAR = 2  # divisor of the finest of the coarse passes, which share one stage
FAST_S = 0.05  # s, of a pass that is quick enough to begin with, where a coarser one would only flash by
SLOW_S = 0.2  # s, of a pass that is too slow for a hand that moves: four or five pictures a second are asked for
USUAL = DIVISORS[1]  # divisor of the first pass, unless that is slow
QUICKER = 2.0  # times that a pass of half the sides takes less, at least: 1.9 at 30x17 against 60x34
SOON_S = 10.0  # s, within which a whole picture is waited for without one of half its sides between


class OutdatedError(Exception):
    """Say that another request is there, and that this one's work is dropped."""


class IsWanted(Protocol):
    """Says whether the work of a request goes on; what may not be dropped ends with the renderer alone."""

    def __call__(self, number: int, *, may_drop: bool = True) -> bool:
        """Answer for a request's number."""


@dataclass
class Counts:
    """What was done since the start: marches of a picture, parts of stages made, frames finished and developed."""

    marches: int = 0
    prepared: int = 0
    finished: int = 0
    developed: int = 0


@dataclass(eq=False)
class _Kept:
    """What is kept of a pass of one size: marched light, and the frame that was finished of it."""

    light: KeptLight
    frame_causes: object = None
    frame: Frame | None = None


@dataclass(eq=False)
class Painter:
    """Makes the passes of requests on a started device.

    `is_wanted`: see there; `say` hears (request, what is done, share, divisor); `dropping` guards a block that is to
    end by OutdatedError as soon as what it is given says so (`render.processes.dropping`).
    """

    device: Device
    is_wanted: IsWanted
    say: Callable[[Request, str, float | None, int | None], None]
    dropping: Callable[[Callable[[], bool]], AbstractContextManager[None]] = lambda _outdated: nullcontext()
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self._near = NearStage(self.device)
        self._exact: Stage | None = None
        self._kept: dict[int, _Kept] = {}
        self._curves: dict[str, ExposureCurve] = {}
        self.last: Frame | None = None
        self._shown: tuple[int, int] = (-1, 0)  # state and divisor of the last pass
        self._took: dict[int, float] = {}

    def passes(self, request: Request) -> Iterator[Pass]:
        """Yield the passes of a request as they are made; fewer where a newer one comes.

        Raises InputError for what cannot be looked at.
        """
        scene = self._with_exposure(request)
        divisors = [1] if self._holds_full(request, scene) else self._divisors(request)
        sketches = self._near.is_sketch and divisors[0] != 1
        if sketches and not request.moving and self._shown[1] == 0:
            divisors = [divisors[0], *divisors]
        for k, divisor in enumerate(divisors):
            started = time.perf_counter()
            try:
                with self._unless_outdated(request, may_drop=k > 0):
                    sketch = sketches and (request.moving or k == 0)
                    made, scene = self._pass(request, scene, divisor, may_drop=k > 0, sketch=sketch)
            except OutdatedError:
                return
            self._took_now(divisor, time.perf_counter() - started)
            self._shown = request.state, divisor
            yield pass_of(request, replace(made, seconds=self._took[divisor]), vars(self.counts))
            if divisor != 1 and not self.is_wanted(request.number):
                return

    def rest(self, request: Request) -> None:
        """Do what a picture at rest still asks for, until a newer request comes: the airglow apart, and a coarse stage
        for the next turn."""
        kept = self._kept.get(1)
        with suppress(OutdatedError), self._unless_outdated(request):
            if kept is not None and self._exact is not None and kept.light.airglow is None:
                self._part_airglow(kept, self._exact, self._tell(request, 1, may_drop=True))
            scene = self._with_exposure(request)
            finest = _moment(scene, request, FINEST_NEAR)
            if self._near.is_sketch or not self._near.serves(scene, finest):
                tell = self._counting(self._tell(request, FINEST_NEAR, may_drop=True))
                self._near.stage(scene, finest, finest, partly=False, tell=tell)

    def asks_for_meter(self, request: Request) -> bool:
        """Return whether the exposure of the scene's film is wanted and not known."""
        wanted = request.scene.camera.exposure == "auto" and request.base.camera.exposure == "auto"
        return wanted and request.base.scene_hash not in self._curves

    def meter(self, request: Request) -> Metered | None:
        """Meter the film of the scene; None where a newer request comes meanwhile."""
        try:
            with self._unless_outdated(request):
                curve = metered(request.base, self.device, self._tell(request, None, may_drop=True)).exposures
        except OutdatedError:
            return None
        assert curve is not None
        found = Metered(request.base.scene_hash, curve)
        self.knows_exposure(found)
        return found

    def knows_exposure(self, found: Metered) -> None:
        """Take over the exposure of a scene's film that was metered before."""
        self._curves[found.scene_hash] = found.curve

    def _with_exposure(self, request: Request) -> Scene:
        """Return the request's scene with its exposure as metered for the scene of the file, where that is known."""
        scene = request.scene
        if scene.camera.exposure != "auto" or scene.exposures is not None:
            return scene
        curve = self._curves.get(request.base.scene_hash)
        return scene if curve is None else scene.with_exposures(curve)

    def _divisors(self, request: Request) -> list[int]:
        """Return the passes that are to be made: none again that are on the screen, none too coarse to be worth it, and
        at rest none that would only keep the whole picture waiting."""
        is_slow = request.moving and self._took.get(USUAL, 0.0) > SLOW_S
        found = [d for d in DIVISORS[0 if is_slow else 1 :] if not (request.moving and d == 1)]
        while len(found) > 1 and self._took.get(found[1], FAST_S) < FAST_S:
            found.pop(0)
        state, shown = self._shown
        if found[-1] == 1 and shown and self._took.get(1, SOON_S) < SOON_S:
            found = [d for d in found if d != FINEST_NEAR]
        finer = [d for d in found if state != request.state or d < shown]
        return finer or found[-1:]

    def _holds_full(self, request: Request, scene: Scene) -> bool:
        """Return whether the full picture asks for no march, only for its points of light, station and development."""
        kept = self._kept.get(1)
        if self._exact is None or kept is None or (scene.camera.exposure == "auto" and scene.exposures is None):
            return False
        moment = _moment(scene, request, 1)
        stage = replace(self._exact, moment=moment, causes=causes_of(scene, moment))
        return causes_of_light(stage) == kept.light.causes

    def _took_now(self, divisor: int, seconds: float) -> None:
        """Take note of how long a pass has taken, and of what that means for the next finer one."""
        self._took[divisor] = seconds
        if divisor == DIVISORS[0]:
            self._took[USUAL] = min(self._took.get(USUAL, 0.0), QUICKER * seconds)

    def _pass(
        self, request: Request, scene: Scene, divisor: int, *, may_drop: bool, sketch: bool
    ) -> tuple[Taken, Scene]:
        """Return what was taken in a pass, and the scene with the exposure that it was taken with."""
        moment = _moment(scene, request, divisor)
        tell = self._tell(request, divisor, may_drop=may_drop)
        made = self._counting(tell)
        if divisor == 1:
            stage = self._exact = prepare(scene, moment, self.device, self._exact, made)
        else:
            finest = _moment(scene, request, FINEST_NEAR)
            stage = self._near.stage(scene, moment, finest, partly=True, sketch=sketch, tell=made)
        kept = self._marched(stage, divisor, request.sources, tell)
        if scene.camera.exposure == "auto" and scene.exposures is None:  # by this picture itself, until it is metered
            scene = glanced(scene, stage.moment, kept.light.whole)
            stage = replace(stage, scene=scene, moment=moment_of(scene, moment.epoch, _size(request, divisor)))
        haste = request.moving and divisor != 1
        sources = request.sources - {"station"} if sketch else request.sources
        frame = self.last = self._frame(stage, kept, sources, request.dark, haste=haste)
        noisy = divisor == 1 and not request.moving
        still = scene.model_copy(update={"develop": scene.develop.model_copy(update={"noise": False})})
        developed = scene if noisy else still
        self.counts.developed += 1
        known = scene.camera.exposure != "auto" or request.scene.scene_hash in self._curves
        final = noisy and known and request.sources == set(SOURCES) and not request.dark and not request.false_colour
        negative = exposed(frame, developed)
        lacks = (SKETCH_LACKS if sketch else ()) + (HASTE_LACKS if haste else ())
        return Taken(frame, developed, negative, divisor, final=final, noise=noisy, lacks=lacks), scene

    def _marched(self, stage: Stage, divisor: int, sources: frozenset[str], tell: Progress) -> _Kept:
        """Return the light of a stage, marched where it is not kept."""
        causes, kept = causes_of_light(stage), self._kept.get(divisor)
        if kept is None or kept.light.causes != causes:
            self.counts.marches += 1
            kept = self._kept[divisor] = _Kept(KeptLight(causes, stage.march(tell=tell)))
        if needs_airglow_apart(sources) and kept.light.airglow is None:
            self._part_airglow(kept, stage, tell)
        return kept

    def _part_airglow(self, kept: _Kept, stage: Stage, tell: Progress) -> None:
        self.counts.marches += 1
        kept.light.airglow = stage.march(["airglow"], tell).lines

    def _frame(
        self, stage: Stage, kept: _Kept, sources: frozenset[str], dark: frozenset[str], *, haste: bool
    ) -> Frame:  # fmt: skip
        """Return the frame of kept light, finished where it has not been."""
        causes = causes_of_frame(stage, sources, dark), haste
        if kept.frame is None or kept.frame_causes != causes:
            self.counts.finished += 1
            light, finished = kept.light.of(sources, dark), self._near.in_haste if haste else finish
            kept.frame, kept.frame_causes = finished(stage, light, sources), causes
        return replace(kept.frame, moment=stage.moment)

    def _unless_outdated(self, request: Request, *, may_drop: bool = True) -> AbstractContextManager[None]:
        return self.dropping(lambda: not self.is_wanted(request.number, may_drop=may_drop))

    def _tell(self, request: Request, divisor: int | None, *, may_drop: bool) -> Progress:
        """Return a progress that says what is done and, where the work may be dropped, ends it for a newer request."""

        def tell(share: float, doing: str) -> None:
            if not self.is_wanted(request.number, may_drop=may_drop):
                raise OutdatedError
            self.say(request, doing, share, divisor)

        return tell

    def _counting(self, tell: Progress) -> Progress:
        """Return a progress that counts the parts of a stage that are made."""

        def made(share: float, doing: str) -> None:
            tell(share, doing)
            self.counts.prepared += 1

        return made


def _size(request: Request, divisor: int) -> tuple[int, int]:
    columns, rows = request.size
    return max(1, round(columns / divisor)), max(1, round(rows / divisor))


def _moment(scene: Scene, request: Request, divisor: int) -> Moment:
    epoch = scene.time.epoch.plus_seconds(request.time_s)
    return moment_of(scene, epoch if request.time_s else scene.time.epoch, _size(request, divisor))
