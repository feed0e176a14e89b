"""Run every benchmark and print one JSON object: the machine, the commit, and what was measured.

    python -m benchmarks [--device cpu] [--full] [--errors] [--sizes 480x270,960x540] [--repeats 3] [--out FILE]
                         [curtains march limit calls atmosphere develop frame]
    python -m benchmarks --growth [--out FILE]
    python -m benchmarks --plot GROWTH.json FILE.svg
    python -m benchmarks --compare BEFORE.json AFTER.json

Everything is prepared outside the clock and the device is synchronised before it is read. `--full` adds the main scene
at its own size; `--errors` adds what the march's step and the map's texels cost in accuracy (a minute more); `--sizes`
are the frame's, each with the median of `--repeats` runs. `limit` puts the march beside a hand-written loop. `--growth`
measures instead how a frame grows with pixels, instants, arcs and frames (half an hour on two cores). With `--out` the
object so far is written after each part.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks import REPEATS, atmosphere, calls, commit, curtains, develop, frame, growth, limit, march, sizes_of
from benchmarks.compare import compare
from render import device as devices
from render.core import __version__
from render.core.errors import InputError
from render.core.files import whole_file

STAGES = ("curtains", "march", "limit", "calls", "atmosphere", "develop", "frame")


def machine(device: devices.Device) -> dict[str, object]:
    """Return what the figures were measured on."""
    return {
        "device": device.label,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "taichi": metadata.version("taichi"),
        "polarlight": __version__,
        "commit": commit(),
    }


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure polarlight on this machine.")
    parser.add_argument("stages", nargs="*", choices=[*STAGES, []], help="which stages (default: all)")
    parser.add_argument("--device", default="auto", choices=devices.NAMES)
    parser.add_argument("--full", action="store_true", help="the main scene at its own size, too")
    parser.add_argument("--errors", action="store_true", help="errors of the march's step and of the map's texels, too")
    parser.add_argument("--sizes", type=sizes_of, default=[], help="sizes of the frame: 480x270,960x540")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="frames of each size after the first")
    parser.add_argument("--growth", action="store_true", help="how a frame grows, instead of the stages")
    parser.add_argument("--plot", type=Path, nargs=2, metavar="FILE", help="draw the figures of --growth")
    parser.add_argument("--compare", type=Path, nargs=2, metavar="FILE", help="two runs side by side; measures nothing")
    parser.add_argument("--out", type=Path, help="also write the object to this file, anew after each part")
    return parser.parse_args()


def parts(asked: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Measure and give (stage, figures) one after the other; the frame's come size by size."""
    if asked.growth:
        yield "growth", growth.measure(asked.device)
        return
    wanted = asked.stages or STAGES
    # The frame comes first: its first run is to pay what a fresh process pays.
    if "frame" in wanted:
        for size in asked.sizes:
            yield "frame", frame.measure(asked.device, sizes=[size], repeats=asked.repeats)
        if not asked.sizes:
            yield "frame", frame.measure(asked.device, full=asked.full, repeats=asked.repeats)
    devices.start(asked.device)
    if "curtains" in wanted:
        yield "curtains", curtains.measure()
    if "march" in wanted:
        yield "march", march.measure()
    if "limit" in wanted:
        yield "limit", limit.measure()
    if "calls" in wanted:
        yield "calls", calls.measure()
    if "atmosphere" in wanted:
        yield "atmosphere", atmosphere.measure()
    if "develop" in wanted:
        yield "develop", develop.measure()
    if asked.errors:
        yield "errors", march.errors()


def main() -> None:
    """Run what is asked for and print it."""
    asked = arguments()
    if asked.compare or asked.plot:
        try:
            if asked.plot:
                growth.plot(*asked.plot)
            else:
                sys.stdout.write(compare(*asked.compare))
        except InputError as error:
            sys.stderr.write(f"python -m benchmarks: {error}\n")
            sys.exit(InputError.exit_code)
        return
    found: dict[str, dict[str, Any]] = {}
    text = ""
    for stage, figures in parts(asked):
        found.setdefault(stage, {}).update(figures)
        ordered = {k: found[k] for k in (*STAGES, "errors", "growth") if k in found}
        text = json.dumps({"machine": machine(devices.start(asked.device)), **ordered}, indent=2) + "\n"
        if asked.out:
            with whole_file(asked.out) as path:
                path.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
