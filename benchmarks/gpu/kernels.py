"""Where a warm frame's time goes on a device: kernel by kernel, and in Python.

    python -m benchmarks.gpu.kernels --device cuda [--scene angels_singing] [--size 1920x1080] --out FILE

The first frame compiles, the second is timed, the third is watched: Taichi's own profiler times each kernel (events on
a GPU) and says how many registers a thread takes and how many threads a multiprocessor holds; Python's counts the calls
of the host.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import re
import time
from pathlib import Path
from typing import Any

from benchmarks import runs_of, size_of
from render import device as devices
from render import load_scene
from render.core.files import whole_file
from render.frame.render import render_frame

SIZE = (1920, 1080)
LISTED = 40  # kernels and functions of Python, the dearest first
WHOLE = re.compile(r"_c\d+_\d+(?:_kernel)?(?:_\d+)?(?:_\w+)?$")
"""What Taichi adds to the name of a kernel for its variant, its part and the kind of that part."""


def kernels(records: list[Any]) -> list[dict[str, Any]]:
    """Return time, ms, launches, registers and occupancy of each kernel, the dearest first."""
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        each = found.setdefault(
            WHOLE.sub("", record.name), {"ms": 0.0, "launches": 0, "longest_ms": 0.0, "registers": 0, "threads": 0}
        )
        each["ms"] += record.kernel_time
        each["launches"] += 1
        each["longest_ms"] = max(each["longest_ms"], record.kernel_time)
        each["registers"] = max(each["registers"], record.register_per_thread)
        each["threads"] = max(each["threads"], record.active_blocks_per_multiprocessor * record.block_size)
    ordered = sorted(found.items(), key=lambda item: -item[1]["ms"])
    return [{"kernel": name, **{k: _rounded(v) for k, v in each.items()}} for name, each in ordered]


def functions(profile: cProfile.Profile) -> list[dict[str, Any]]:
    """Return the functions of Python that take most time by themselves, s."""
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, Any]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    ordered = sorted(stats.items(), key=lambda item: -item[1][2])[:LISTED]
    return [
        {"function": f"{'/'.join(Path(path).parts[-3:])}:{line} {name}", "calls": calls, "own_s": _rounded(own),
         "with_callees_s": _rounded(whole)}
        for (path, line, name), (_, calls, own, whole, _) in ordered
    ]  # fmt: skip


def measure(device: str, scene_name: str, size: tuple[int, int]) -> dict[str, Any]:
    """Return the seconds of the first and second frame, and what the third spends them on."""
    os.environ["TI_KERNEL_PROFILER"] = "1"  # read when Taichi is started
    scene, running = load_scene(scene_name), devices.start(device)
    from taichi.lang.impl import get_runtime  # noqa: PLC0415 - what benchmarks import starts nothing

    def frame() -> None:
        render_frame(scene, None, size, running.name)

    first, second = runs_of(frame, 2)
    program, profile = get_runtime().prog, cProfile.Profile()
    devices.synchronise()
    program.clear_kernel_profiler()
    started = time.perf_counter()
    profile.runcall(frame)
    devices.synchronise()
    watched_s = time.perf_counter() - started
    program.update_kernel_profiler()
    found = kernels(program.get_kernel_profiler_records())
    return {
        "device": {"name": running.name, "label": running.label}, "scene": scene_name, "size": list(size),
        "first_s": first[0], "first_cpu_s": first[1], "second_s": second[0], "second_cpu_s": second[1],
        "watched_s": watched_s, "kernels_ms": _rounded(sum(each["ms"] for each in found)),
        "launches": sum(each["launches"] for each in found), "kernels": found[:LISTED],
        "functions": functions(profile),
    }  # fmt: skip


def _rounded(value: float) -> float:
    return value if isinstance(value, int) else round(value, 4)


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.kernels")
    parser.add_argument("--device", default="auto", choices=devices.NAMES)
    parser.add_argument("--scene", default="angels_singing")
    parser.add_argument("--size", type=size_of, default=SIZE)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    text = json.dumps(measure(asked.device, asked.scene, asked.size), indent=2) + "\n"
    with whole_file(asked.out) as path:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
