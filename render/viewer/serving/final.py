"""The final picture: the ordinary command in a process of its own, behind all that is looked at meanwhile."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from render.core.errors import InputError, OutputError
from render.core.files import write_text
from render.processes.started import environment, interpreter
from render.viewer.desk import Desk
from render.viewer.serving.files import saved_text

PRIORITY = 10  # added to its niceness: what is looked at goes first
PATIENCE_S = 10.0  # s, that it has to end in when it is asked to
PROGRESS = re.compile(r": (\d+)%,? ?(.*)")
PER_CENT = 100.0

Tell = Callable[[dict[str, Any]], None]


def command_of(desk: Desk, scene: str, size: tuple[int, int], output: str = "") -> list[str]:
    """Return the command that renders what the page shows, of a scene file, without the light that is switched off."""
    epoch = desk.moment().epoch
    at = ["--at", epoch.isoformat()] if desk.laid.time_s else []
    out = ["-o", output] if output else []
    return ["render", scene, *at, "--size", f"{size[0]}x{size[1]}", *out]


def as_line(arguments: list[str]) -> str:
    """Return a command as a shell takes it."""
    return shlex.join(["polarlight", *arguments])


def free_name(folder: Path, stem: str, suffix: str = ".png") -> str:
    """Return a file name that is not taken yet."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", stem)[:50] or "picture"
    names = [f"{plain}{suffix}", *(f"{plain}_{k}{suffix}" for k in range(2, 1000))]
    return next(name for name in names if not os.path.lexists(folder / name))


class FinalRender:
    """A final picture that is being rendered, one at a time; `tell` hears how far it is."""

    def __init__(self, folder: Path, device: str, tell: Tell) -> None:
        self._folder, self._device, self._tell = folder, device, tell
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._cancelled = False

    @property
    def busy(self) -> bool:
        """Return whether one is being rendered."""
        return self._task is not None and not self._task.done()

    def start(self, desk: Desk, name: str | None, size: tuple[int, int] | None) -> None:
        """Start one. Raises InputError while another is being rendered, OutputError for a file that is there."""
        if self.busy:
            raise InputError("a final picture is being rendered already; cancel it, or wait")
        path = self._folder / (name or free_name(self._folder, desk.base.name))
        if os.path.lexists(path):
            raise OutputError(f"{path} is there already; give another name")
        text = saved_text(desk, Path(tempfile.gettempdir()), f"{desk.base.name}.toml")
        scene = desk.scene.camera
        whole = size or (scene.columns, scene.rows)
        self._cancelled = False
        self._task = asyncio.create_task(self._run(desk, text, whole, path))

    def cancel(self) -> None:
        """End the one that is being rendered: nothing half-written stays."""
        self._cancelled = True
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()
            asyncio.get_running_loop().call_later(PATIENCE_S, self._kill)

    async def close(self) -> None:
        """End it, and wait until it has ended."""
        if self.busy and self._task is not None:
            self.cancel()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._task, PATIENCE_S)
            self._kill()

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def _run(self, desk: Desk, text: str, size: tuple[int, int], path: Path) -> None:
        told = {"type": "render", "file": str(path), "share": None, "doing": "", "line": ""}
        self._tell({**told, "what": "started"})
        last = ""
        with tempfile.TemporaryDirectory(prefix="polarlight") as folder:
            scene = Path(folder) / f"{desk.base.name}.toml"
            write_text(scene, text)
            arguments = command_of(desk, str(scene), size, str(path))
            process = self._process = await self._process_of([*arguments, "--device", self._device])
            if self._cancelled:  # before there was a process that could hear it
                self.cancel()
            assert process.stdout is not None
            async for raw in process.stdout:
                last = raw.decode("utf-8", "replace").strip() or last
                found = PROGRESS.search(last)
                if found:
                    share, doing = int(found[1]) / PER_CENT, found[2]
                    self._tell({**told, "what": "progress", "share": share, "doing": doing, "line": last})
            code = await process.wait()
            self._process = None
        what = "done" if code == 0 else "cancelled" if self._cancelled else "failed"
        self._tell({**told, "what": what, "share": 1.0 if what == "done" else None, "line": last})

    async def _process_of(self, arguments: list[str]) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *interpreter(), "-m", "render", *arguments, cwd=self._folder, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            env=environment(), start_new_session=True,
        )  # fmt: skip
        if hasattr(os, "setpriority"):
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, PRIORITY)
        return process
