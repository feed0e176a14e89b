"""A Dask cluster for tests, of processes on this machine, whose workers' processes make a fake of each frame."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = """
import ctypes, json, os, time
import numpy as np
from render.films import one
from render.films.child import main
from render.films.folder import STAMP_KEY
from render.films.plan import Made
from render.formats.png import write_png
from render.imaging.colour import Image
def fake(plan, index, device, durable, band_pixels, presence):
    told = json.loads((plan.folder.parent / "told.json").read_text())
    with open(plan.folder.parent / "log", "a") as log:
        log.write(f"{index} {os.getppid()} {os.getpid()}\\n")
    if index in told["dies"]: os._exit(3)
    if told["holds_s"]: ctypes.PyDLL(None).usleep(int(told["holds_s"] * 1e6))  # Python's lock as well
    time.sleep(told["seconds"])
    picture = Image(np.full((2, 4, 3), index / 255.0, np.float32))
    write_png(plan.path(index), picture, 8, {STAMP_KEY: plan.stamp(index)}, durable=False)
    return Made(f"fake {device}", 0.5)
one.render_one = fake
main()
"""
"""Of a child: frames are as `told.json` beside their folder says, and each is noted in `log` with worker and child."""

PRELOAD = f"""
import os
from render.films import children
from render.films.cluster import there
children.PROGRAM = {PROGRAM!r}
if os.environ.get("WITHOUT_FILES"):
    there.file_digest = lambda path, most_bytes: ""
"""

SCHEDULER = "import sys; sys.modules['render'] = None; from distributed.cli.dask_scheduler import main; main()"
WORKER = "from distributed.cli.dask_worker import main; main()"
QUICK = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s", "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "1s"}
START_S = 60.0  # s in which a process must have started, on a busy machine


def free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


@dataclass
class Cluster:
    """A scheduler, which has no polarlight, and workers, in processes of their own, that can be killed."""

    folder: Path
    port: int = field(default_factory=free_port)
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    blind: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start_scheduler(self) -> None:
        arguments = ["--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"]
        self.scheduler = self._start(SCHEDULER, arguments, "scheduler")

    def start_worker(self, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        (self.folder / "preload.py").write_text(PRELOAD, encoding="utf-8")
        arguments = [
            self.address, "--nthreads", "1", "--no-dashboard", "--preload", str(self.folder / "preload.py"),
            "--local-directory", str(self.folder / "spill"), *(options or ("--no-nanny",)),
        ]  # fmt: skip
        self.workers.append(self._start(WORKER, arguments, f"worker{len(self.workers)}", environment))
        return self.workers[-1]

    def _start(
        self, program: str, arguments: list[str], name: str, environment: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-c", program, *arguments], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env={**os.environ, **QUICK, **(environment or {})}, start_new_session=True,
            )  # fmt: skip

    def repair(self, workers: int) -> None:
        """See that the scheduler lives, and that it has as many workers, of which one, `blind`, sees no file."""
        from distributed import Client  # noqa: PLC0415

        if self.scheduler is None or self.scheduler.poll() is not None:
            self.start_scheduler()
        with Client(self.address, timeout=START_S, set_as_default=False) as client:
            wait_until(lambda: self._replaced(workers) and len(client.nthreads()) == workers)

    def _replaced(self, workers: int) -> bool:
        """Start workers in the place of those that have ended: one that was given up may take a while to."""
        if self.blind is None or self.blind.poll() is not None:
            self.blind = self.start_worker(WITHOUT_FILES="1")
        while len(self.living()) < workers:
            self.start_worker()
        return True

    def living(self) -> list[subprocess.Popen[bytes]]:
        return [worker for worker in self.workers if worker.poll() is None]

    def close(self) -> None:
        for process in [*self.workers, *filter(None, [self.scheduler])]:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def tell(folder: Path, *, seconds: float = 0.0, holds_s: float = 0.0, dies: tuple[int, ...] = ()) -> None:
    """Say how frames in a folder beside are to be."""
    (folder / "told.json").write_text(json.dumps({"seconds": seconds, "holds_s": holds_s, "dies": dies}))


def logged(folder: Path) -> list[list[int]]:
    """Return (frame, process of the worker, process of its child) of what has been begun."""
    log = folder / "log"
    lines = log.read_text(encoding="ascii").splitlines() if log.exists() else []
    return [[int(word) for word in line.split()] for line in lines]


def wait_until(true: Any, seconds: float = START_S) -> None:
    """Wait for a condition. Raises AssertionError where it does not come."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)
