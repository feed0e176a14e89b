"""Check polarlight on a GPU's machine, in a few minutes and without a network, and write one JSON: `scripts/gpu_check`.

    scripts/gpu_check [--device cuda|vulkan|cpu] [--minutes 8] [--out gpu_check.json] [--wheels .wheels] [...]

Stages, each a process of its own with its own time: `install` (wheels of `scripts/gpu_wheels`, where there are any),
`devices`, `kernels` (where the largest frame's time goes), `radiances` (three scenes on the device and on the CPU),
`benchmarks` (frames of three sizes, and the stages of one), `tests` (those marked for the device). The file is written
anew after each and is always whole. The exit code is 0 only if every stage that was asked for ran to its end and
agreed. Which device was measured is what the stages say they ran on, not what was asked for. Imports only the standard
library: it runs before anything is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import commit, size_of, sizes_of
from benchmarks.gpu.stage_runner import Outcome, linked_driver, run_stage, test_counts

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = 1
SIZES = "480x270,960x540,1920x1080"
SCENES = "angels_singing,sunlit_rays,steve"
LEFT_FOR_WRITING_S = 5.0
DEFAULT_SITE = Path(tempfile.gettempdir()) / f"polarlight_gpu_site_{sys.version_info.major}{sys.version_info.minor}"
TESTS = ("tests/frame", "tests/integrator", "tests/shaders")
"""Folders with tests of devices; others need packages that a GPU's machine may lack even to be read."""
TEST_SELECTION = {"cuda": ["-m", "cuda"], "vulkan": ["-m", "vulkan"], "cpu": ["-k", "cpu-single"]}
"""Device -> how pytest finds the tests that run on it (tests/devices.py)."""


@dataclass(frozen=True)
class Stage:
    """One stage: the share of the whole time that it may take, its command, and how its figures are judged."""

    share: float
    command: list[str]
    judge: Callable[[Outcome, argparse.Namespace], dict[str, Any]]


def stages_of(asked: argparse.Namespace, folder: Path) -> dict[str, Stage]:
    """Return the stages in their order; shares leave the tests, which come last, at least a third."""
    python, device = sys.executable, ["--device", asked.device]
    out = {name: ["--out", str(folder / f"{name}.json")] for name in ("devices", "kernels", "radiances", "benchmarks")}
    wheels = sorted(str(path) for path in asked.wheels.glob("*.whl"))
    pip = ["pip", "install", "-q", "--no-index", "--no-deps", "--no-compile", "--no-cache-dir", "--upgrade"]
    tests = [
        "pytest",
        "-v",
        "--tb=short",
        "--color=no",
        "-p",
        "no:cacheprovider",
        "--continue-on-collection-errors",
        *TEST_SELECTION[asked.device],
    ]
    parts = ["frame", *(["curtains", "march", "atmosphere"] if asked.parts else [])]
    size = f"{asked.radiance_size[0]}x{asked.radiance_size[1]}"
    kernels_size = "{}x{}".format(*max(asked.sizes))
    sizes = ",".join(f"{columns}x{rows}" for columns, rows in asked.sizes)
    stages = {
        "install": Stage(0.2, [python, "-m", *pip, "--target", str(asked.site), *wheels], _installed),
        "devices": Stage(0.1, [python, "-m", "benchmarks.gpu.devices", *device, *out["devices"]], _started),
        "kernels": Stage(
            0.5, [python, "-m", "benchmarks.gpu.kernels", *device, "--size", kernels_size, *out["kernels"]], _watched
        ),
        "radiances": Stage(
            0.3,
            [python, "-m", "benchmarks.gpu.agreement", *device, "--scenes", asked.scenes, "--size", size,
             *out["radiances"]],
            _agreed,
        ),
        "benchmarks": Stage(
            0.35,
            [python, "-m", "benchmarks", *device, "--sizes", sizes, "--repeats", str(asked.repeats),
             *out["benchmarks"], *parts],
            _measured,
        ),
        "tests": Stage(1.0, [python, "-m", *tests, *asked.tests], _tested),
    }  # fmt: skip
    if not wheels:
        del stages["install"]
    return {name: stage for name, stage in stages.items() if name in asked.stages}


def _installed(outcome: Outcome, asked: argparse.Namespace) -> dict[str, Any]:
    return {"agreed": outcome.code == 0, "site": str(asked.site), "wheels": len(list(asked.wheels.glob("*.whl")))}


def _started(outcome: Outcome, asked: argparse.Namespace) -> dict[str, Any]:
    found = outcome.figures
    return {"agreed": found.get("device", {}).get("name") == asked.device, **found}


def _agreed(outcome: Outcome, asked: argparse.Namespace) -> dict[str, Any]:
    found = outcome.figures
    whole = set(found.get("scenes", {})) == set(found.get("wanted", ["?"]))
    differing = [name for name, each in found.get("scenes", {}).items() if not each.get("agreed", True)]
    why = {"why": f"other light: {', '.join(differing)}"} if differing else {}
    return {**found, **why, "agreed": bool(found.get("agreed")) and whole and _is_device(found, asked)}


def _watched(outcome: Outcome, asked: argparse.Namespace) -> dict[str, Any]:
    return {"agreed": bool(outcome.figures.get("kernels")) and _is_device(outcome.figures, asked), **outcome.figures}


def _measured(outcome: Outcome, asked: argparse.Namespace) -> dict[str, Any]:
    found = dict(outcome.figures)
    return {"agreed": set(found.get("frame", {})) == {f"{c}x{r}" for c, r in asked.sizes}, **found}


def _is_device(found: dict[str, Any], asked: argparse.Namespace) -> bool:
    return bool(found.get("device", {}).get("name") == asked.device)


def _tested(outcome: Outcome, asked: argparse.Namespace) -> dict[str, Any]:
    counts = test_counts(outcome.output)
    good = counts["passed"] > 0 and not counts["failed"] and not counts["skipped"]
    return {"agreed": good, "selected_by": " ".join(TEST_SELECTION[asked.device]), **counts}


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Return what the command line asks for."""
    names = ("install", "devices", "kernels", "radiances", "benchmarks", "tests")
    parser = argparse.ArgumentParser(prog="scripts/gpu_check", description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--device", default="cuda", choices=sorted(TEST_SELECTION))
    parser.add_argument("--minutes", type=float, default=8.0, help="for all stages together")
    parser.add_argument("--out", type=Path, default=Path("gpu_check.json"))
    parser.add_argument("--wheels", type=Path, default=ROOT / ".wheels", help="folder of scripts/gpu_wheels")
    parser.add_argument("--site", type=Path, default=DEFAULT_SITE, help="where the wheels are installed")
    parser.add_argument("--stages", default=list(names), type=lambda text: text.split(","), help=",".join(names))
    parser.add_argument("--scenes", default=SCENES)
    parser.add_argument("--radiance-size", type=size_of, default=(160, 90))
    parser.add_argument("--sizes", type=sizes_of, default=sizes_of(SIZES), help=f"of the frames: {SIZES}")
    parser.add_argument("--repeats", type=int, default=3, help="frames of each size after the first")
    parser.add_argument("--parts", action=argparse.BooleanOptionalAction, default=True, help="map, march and sky alone")
    parser.add_argument("--tests", nargs="*", default=list(TESTS), help=f"folders or files: {' '.join(TESTS)}")
    asked = parser.parse_args(words)
    unknown = set(asked.stages) - set(names)
    if unknown:
        parser.error(f"unknown stages: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return asked


def environment(asked: argparse.Namespace, driver: Path | None) -> dict[str, str]:
    """Return the environment of all stages: this tree first, then what was installed for it, then the machine's own.

    `driver`: a folder with a library that Taichi would not find, if any.
    """
    inherited = os.environ.get("PYTHONPATH")
    paths = [str(ROOT), *([str(asked.site)] if asked.site.is_dir() or asked.wheels.is_dir() else [])]
    found = {**os.environ, "PYTHONPATH": os.pathsep.join([*paths, *([inherited] if inherited else [])])}
    if driver:
        found["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, (found.get("LD_LIBRARY_PATH"), str(driver))))
    tables = asked.wheels / "tables"
    if tables.is_dir():
        found.setdefault("POLARLIGHT_CACHE", str(tables))
    return found


def write_whole(path: Path, report: dict[str, Any]) -> None:
    """Write the report beside its place and move it there in one step: no reader ever sees half of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(json.dumps(report, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(part, path)


def check(asked: argparse.Namespace) -> dict[str, Any]:
    """Run the stages, write the report after each, print a line for each; return the report."""
    started = time.monotonic()
    report: dict[str, Any] = {
        "schema": SCHEMA, "started": datetime.now(UTC).isoformat(timespec="seconds"), "finished": False,
        "agreed": False, "asked_device": asked.device, "measured_on": None, "minutes": asked.minutes,
        "commit": commit() or _carried_commit(asked.wheels), "seconds": 0.0, "stages": {},
    }  # fmt: skip
    write_whole(asked.out, report)  # a folder that cannot be written to is better known now
    folder = Path(tempfile.mkdtemp(prefix="gpu_check_"))
    driver = linked_driver(folder) if asked.device == "cuda" else None
    report["driver_linked"] = driver is not None
    variables = environment(asked, driver)
    try:
        for name, stage in stages_of(asked, folder).items():
            left = 60.0 * asked.minutes - LEFT_FOR_WRITING_S - (time.monotonic() - started)
            report["stages"][name] = found = _one(name, stage, left, asked, report, folder, variables)
            report["measured_on"] = found.get("device", {}).get("label") or report["measured_on"]
            report["seconds"] = round(time.monotonic() - started, 1)
            write_whole(asked.out, report)
            print(line_of(name, found), flush=True)
        report["finished"] = True
        report["agreed"] = all(found["status"] == "agreed" for found in report["stages"].values())
        write_whole(asked.out, report)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return report


def _carried_commit(wheels: Path) -> str | None:
    """Return the commit that the wheels were gathered for, where this tree came without its history."""
    try:
        return str(json.loads((wheels / "manifest.json").read_text(encoding="utf-8"))["commit"]) + " by its wheels"
    except (OSError, ValueError, KeyError):
        return None


def _one(
    name: str,
    stage: Stage,
    left: float,
    asked: argparse.Namespace,
    report: dict[str, Any],
    folder: Path,
    variables: dict[str, str],
) -> dict[str, Any]:
    """Run one stage and judge it; a stage that cannot run says why."""
    if left <= 0.0:
        return {"status": "out of time", "seconds": 0.0, "limit_s": 0.0, "message": "the whole time was used up before"}
    if name != "devices" and report["stages"].get("devices", {}).get("status") == "failed":
        return {"status": "left out", "seconds": 0.0, "message": f"{asked.device} did not start"}
    limit = min(left, 60.0 * asked.minutes * stage.share)
    outcome = run_stage(stage.command, limit, variables, ROOT, folder / f"{name}.json")
    found = stage.judge(outcome, asked)
    agreed = bool(found.pop("agreed"))
    failed = "failed" if outcome.code or not agreed else "agreed"
    status = "out of time" if outcome.out_of_time else failed
    message = found.pop("why", None) or outcome.last_words()
    return {
        "status": status, "seconds": round(outcome.seconds, 1), "limit_s": round(limit, 1),
        **({} if status == "agreed" else {"message": message}), **found,
        **({"gpu": outcome.gpu} if outcome.gpu else {}),
    }  # fmt: skip


def line_of(name: str, found: dict[str, Any]) -> str:
    """Return the line that is printed of a stage."""
    last = found.get("message", "").strip().splitlines()[-1:]
    return f"{name:<11} {found['status']:<12} {found['seconds']:7.1f} s" + (f"  {last[0]}" if last else "")


def main(words: list[str] | None = None) -> int:
    """Check, and return the exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # ends the running stage, too
    report = check(arguments(words))
    return 0 if report["agreed"] else 1


if __name__ == "__main__":
    sys.exit(main())
