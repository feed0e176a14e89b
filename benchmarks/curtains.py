"""The map of curtains: seconds and texels at two sizes of the main scene, by what it has to hold.

`one_instant`: the footprint of now and of a second ago, at one instant of the exposure; `with_memory`: also the past;
`open_shutter`: as frames have it, with the scene's sub-frames and the past. `bytes`: of the map's tables on the device.
"""

from __future__ import annotations

from typing import Any

from benchmarks import seconds_of
from benchmarks.march import build_map
from render import load_scene
from render.frame.moment import moment_of
from render.integrator.aurora.march import AuroraStage
from render.scene import Scene

SIZES = ((960, 540), (1920, 1080))
CASES = {"one_instant": (1, False), "with_memory": (1, True), "open_shutter": (8, True)}
"""Name -> (sub-frames, whether the past is drawn)."""


def measure() -> dict[str, Any]:
    """Return seconds, texels and bytes per size and case."""
    return {f"{columns}x{rows}": _at((columns, rows)) for columns, rows in SIZES}


def _at(size: tuple[int, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (sub_frames, lasting) in CASES.items():
        scene = _scene(sub_frames, lasting)
        moment = moment_of(scene, scene.time.epoch, size)
        stage = build_map(scene, moment)  # compiles, and makes what depends on the scene alone
        seconds = seconds_of(lambda scene=scene, moment=moment: build_map(scene, moment))  # type: ignore[misc]
        found[name] = {
            "map_s": seconds, "texels": stage.texels, "texels_per_s": stage.texels / seconds, "bytes": _bytes(stage),
        }  # fmt: skip
    return found


def _scene(sub_frames: int, lasting: bool) -> Scene:
    scene = load_scene("angels_singing")
    return scene.model_copy(
        update={
            "aurora": scene.aurora.model_copy(update={"sub_frames": sub_frames}),
            "emission": scene.emission.model_copy(update={"afterglow": lasting}),
        }
    )


def _bytes(stage: AuroraStage) -> int:
    """Return the size of the stage's arrays, all 4-byte reals in single precision."""
    return sum(array.to_numpy().nbytes for pack in (stage.maps, stage.tables) for _, array in pack.items)
