"""Run one stage of `benchmarks.gpu.gpu_check` as a process with a time limit, and read what the GPU's own tool says.

Only the standard library: it runs before anything is installed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GRACE_S = 3.0  # between asking a stage to end and ending it
WORDS = 1500  # characters of a stage's last output that are kept where it failed
GPU_FIELDS = {
    "utilization_percent": "utilization.gpu", "memory_mib": "memory.used", "sm_clock_mhz": "clocks.sm",
    "memory_clock_mhz": "clocks.mem", "power_w": "power.draw",
}  # fmt: skip
"""Name in the report -> name in nvidia-smi's queries, which only read."""
GPU_PERIOD_MS = 500
DRIVER_FOLDERS = (
    "/usr/local/nvidia/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib/wsl/lib", "/usr/local/cuda/compat",
)  # fmt: skip
"""Where the libraries of NVIDIA's driver lie, where the linker's own list does not say."""
RESULT = re.compile(r"^(\S+::.+?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """How a stage ended: exit code (None where it was ended), seconds, output, its JSON, readings of the GPU."""

    code: int | None
    seconds: float
    output: str
    figures: dict[str, Any] = field(default_factory=dict)
    gpu: dict[str, Any] = field(default_factory=dict)

    @property
    def out_of_time(self) -> bool:
        """Say whether it was ended for its time."""
        return self.code is None

    def last_words(self) -> str:
        """Return the end of its output; of one that said nothing, how it ended."""
        ended = f"ended after {self.seconds:.0f} s" if self.out_of_time else f"ended with exit code {self.code}"
        return self.output.strip()[-WORDS:] or ended


def run_stage(command: list[str], limit_s: float, environment: dict[str, str], folder: Path, figures: Path) -> Outcome:
    """Run a command in a folder for at most a time; its figures are what it had written by then, whole or nothing."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as output, gpu_readings() as gpu:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            code: int | None = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
        output.seek(0)
        text = output.read().decode("utf-8", errors="replace")
    return Outcome(code, time.monotonic() - started, text, _read(figures), gpu)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a stage and all that it started: Taichi holds Python's lock in a kernel, so that asking may not be enough."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_S)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _: None)  # no NaN in the report
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@contextlib.contextmanager
def gpu_readings() -> Iterator[dict[str, Any]]:
    """Give a dictionary that holds, when the block has ended, median and largest of what nvidia-smi read meanwhile.

    It stays empty where there is no such tool. It reads alone: no clock, power limit or mode is ever set.
    """
    found: dict[str, Any] = {}
    tool = shutil.which("nvidia-smi")
    if tool is None:
        yield found
        return
    query = [tool, f"--query-gpu={','.join(GPU_FIELDS.values())}", "--format=csv,noheader,nounits", "-lms"]
    with tempfile.TemporaryFile() as output:
        try:
            reader = subprocess.Popen([*query, str(GPU_PERIOD_MS)], stdout=output, stderr=subprocess.DEVNULL)
        except OSError:
            yield found
            return
        try:
            yield found
        finally:
            reader.kill()
            reader.wait()
            output.seek(0)
            found |= summary(output.read().decode("utf-8", errors="replace"))


def summary(readings: str) -> dict[str, Any]:
    """Return {name: {median, largest}} of nvidia-smi's lines; lines and entries that are no numbers are passed over."""
    columns: dict[str, list[float]] = {name: [] for name in GPU_FIELDS}
    for line in readings.splitlines():
        for name, text in zip(GPU_FIELDS, line.split(","), strict=False):
            with contextlib.suppress(ValueError):
                columns[name].append(float(text))
    return {
        name: {"median": statistics.median(values), "largest": max(values), "readings": len(values)}
        for name, values in columns.items()
        if values
    }


def test_counts(output: str) -> dict[str, Any]:
    """Return how many tests of pytest's verbose output passed, failed and were skipped, and the names that failed."""
    results = [(name, result) for name, result in RESULT.findall(output)]
    failed = [name for name, result in results if result in ("FAILED", "ERROR", "XPASS")]
    collection = re.findall(r"^ERROR (\S+)", output, re.MULTILINE)
    names = list(dict.fromkeys([*failed, *(name for name in collection if name not in failed)]))
    return {
        "passed": sum(result in ("PASSED", "XFAIL") for _, result in results),
        "failed": len(names),
        "skipped": sum(result == "SKIPPED" for _, result in results),
        "failed_tests": names,
    }


def linked_driver(folder: Path, places: tuple[str, ...] = DRIVER_FOLDERS) -> Path | None:
    """Link libcuda.so to the driver's libcuda.so.1 in a folder and return it; None where nothing is to be done.

    Taichi opens the name without the number, which only packages for developers bring; without it, it says that there
    is no CUDA. Libraries of the linker's own list come first.
    """
    listed: list[str] = []
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        answer = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=False, timeout=30)
        listed = re.findall(r"libcuda\.so(?:\.1)? .*=> (\S+)", answer.stdout)
    if any(path.endswith("libcuda.so") for path in listed):
        return None
    for path in [Path(name) for name in listed] + [Path(place) / "libcuda.so.1" for place in places]:
        if path.exists():
            (folder / "libcuda.so").symlink_to(path)
            return folder
    return None
