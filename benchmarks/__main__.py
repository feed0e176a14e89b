"""Run every benchmark and print one JSON object: the machine, the commit, and what was measured.

    python -m benchmarks [--device cpu] [--full] [--errors] [curtains march atmosphere develop frame]

Everything is prepared outside the clock and the device is synchronised before it is read. `--full` adds the main scene
at its own size; `--errors` adds what the march's step and the map's texels cost in accuracy (a minute more).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from benchmarks import atmosphere, curtains, develop, frame, march
from render import device as devices
from render.core import __version__

STAGES = ("curtains", "march", "atmosphere", "develop", "frame")


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


def commit() -> str | None:
    """Return the commit of this folder, with + where files differ from it; None where git does not know it."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty=+", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def main() -> None:
    """Parse the arguments, run, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure polarlight on this machine.")
    parser.add_argument("stages", nargs="*", choices=[*STAGES, []], help="which stages (default: all)")
    parser.add_argument("--device", default="auto", choices=devices.NAMES)
    parser.add_argument("--full", action="store_true", help="the main scene at its own size, too")
    parser.add_argument("--errors", action="store_true", help="errors of the march's step and of the map's texels, too")
    arguments = parser.parse_args()
    wanted = arguments.stages or STAGES
    found: dict[str, object] = {}
    # The frame comes first: its first run is to pay what a fresh process pays.
    if "frame" in wanted:
        found["frame"] = frame.measure(arguments.device, full=arguments.full)
    device = devices.start(arguments.device)
    if "curtains" in wanted:
        found["curtains"] = curtains.measure()
    if "march" in wanted:
        found["march"] = march.measure()
    if "atmosphere" in wanted:
        found["atmosphere"] = atmosphere.measure()
    if "develop" in wanted:
        found["develop"] = develop.measure()
    if arguments.errors:
        found["errors"] = march.errors()
    json.dump(
        {"machine": machine(device), **{k: found[k] for k in (*STAGES, "errors") if k in found}}, sys.stdout, indent=2
    )
    print()


if __name__ == "__main__":
    main()
