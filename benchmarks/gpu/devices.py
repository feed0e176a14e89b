"""What a machine has to run polarlight on: `python -m benchmarks.gpu.devices --device cuda --out FILE`.

Starts the device and says what was really started, which others answer, the versions of all that polarlight needs and
what is missing of it, and what nvidia-smi says of the card.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import shutil
import subprocess
import time
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

from render import device as devices
from render.core.files import whole_file

ROOT = Path(__file__).resolve().parents[2]
NOT_NEEDED = ("imageio-ffmpeg",)  # films alone, which no stage writes
CARD = ("name", "driver_version", "memory.total", "compute_cap", "clocks.max.sm")


def versions() -> dict[str, str | None]:
    """Return the version of each package that polarlight needs; None of what is not there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[<>=~!\[; ]", wanted, maxsplit=1)[0] for wanted in project["dependencies"]]
    return {name: _version(name) for name in [*names, "pytest", "hypothesis", "cupy-cuda12x", "cupy-cuda13x"]}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def card() -> dict[str, str]:
    """Return what nvidia-smi says of the first card; nothing where there is no such tool."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return {}
    query = [tool, f"--query-gpu={','.join(CARD)}", "--format=csv,noheader"]
    answer = subprocess.run(query, capture_output=True, text=True, check=False, timeout=30)
    return dict(zip(CARD, [part.strip() for part in answer.stdout.split("\n")[0].split(",")], strict=False))


def found(name: str) -> dict[str, Any]:
    """Start the device and return all that this module says. Raises DeviceError where it does not start."""
    started = time.perf_counter()
    running = devices.start(name)
    seconds = time.perf_counter() - started
    known = versions()
    return {
        "device": {"name": running.name, "label": running.label},
        "start_s": seconds,
        "available": dict(devices.available()),
        "card": card(),
        "versions": known,
        "missing": [name for name, version in list(known.items())[:-2] if not version and name not in NOT_NEEDED],
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
    }


def main() -> None:
    """Write what is found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.devices")
    parser.add_argument("--device", default="auto", choices=devices.NAMES)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    text = json.dumps(found(asked.device), indent=2) + "\n"
    with whole_file(asked.out) as path:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
