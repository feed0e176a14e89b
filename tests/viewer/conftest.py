"""A window's server as its own process, and a page that speaks to it, without a browser."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from render.scene import load_scene
from tests.small import lay_sky_coarsely

SIZE = (120, 68)
PATIENCE_S = 90.0  # s, that a machine with other work may take for what takes one or two
ROOT = Path(__file__).resolve().parents[2]


def slab_text() -> str:
    """Return the closed form's scene, with comments of its own in it, noise, and a film."""
    text = load_scene("uniform_slab").text.replace("noise = false", "noise = true  # grain")
    return text.replace("exposure_s = 1.0", "exposure_s = 0.25 # short") + "\n[film]\nframes = 11\n"


class Served:
    """`polarlight view` in a process of its own."""

    def __init__(self, folder: Path, *options: str, scene: str = "slab.toml") -> None:
        command = [sys.executable, "-m", "render", "view", scene, "--no-browser", "--device", "cpu", *options]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.folder = folder
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+", line)
        if found is None:
            raise AssertionError(f"{line!r} {self.process.communicate()[1]}")
        self.address = found[0]
        self.base, _, self.token = self.address.partition("/?token=")
        self.cookie = self._cookie()

    def _cookie(self) -> str:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = httpx.get(self.address, timeout=PATIENCE_S)
            except httpx.ConnectError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
                continue
            assert answer.status_code == 303 and answer.headers["location"] == "/"
            return answer.headers["set-cookie"].split(";")[0]

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask as the page does."""
        return httpx.get(self.base + path, headers={"cookie": self.cookie, **headers}, timeout=PATIENCE_S)

    def open(self, **headers: str) -> ClientConnection:
        """Open the socket as the page does, or with other headers."""
        given = {"Origin": self.base, "Cookie": self.cookie, **headers}
        return connect(
            self.base.replace("http", "ws") + "/socket", additional_headers={k: v for k, v in given.items() if v},
            compression=None, max_size=None, open_timeout=PATIENCE_S, ping_interval=None,
        )  # fmt: skip

    def close(self) -> tuple[int, str]:
        """End it as Ctrl-C does; return its exit code and what it said on standard error."""
        self.process.send_signal(2)
        try:
            said = self.process.communicate(timeout=30.0)[1]
        finally:
            self.process.kill()
        return self.process.returncode, said


class Page:
    """What a page hears and says."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.heard: list[dict[str, Any]] = []

    def say(self, kind: str, **fields: Any) -> None:
        """Say something."""
        self._socket.send(json.dumps({"type": kind, **fields}))

    def hear(self, wanted: Callable[[dict[str, Any]], bool], *, acknowledge: bool = True) -> dict[str, Any]:
        """Return the next message, or head of a picture, that is wanted; pictures are acknowledged."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            message = self._socket.recv(timeout=max(deadline - time.monotonic(), 0.0))
            if isinstance(message, bytes):
                (length,) = struct.unpack("<I", message[:4])
                heard = json.loads(message[4 : 4 + length]) | {"payload": message[4 + length :]}
                if acknowledge:
                    self.say("ack", number=heard["number"])
            else:
                heard = json.loads(message)
            self.heard.append(heard)
            if wanted(heard):
                return heard

    def hear_of(self, kind: str) -> dict[str, Any]:
        """Return the next message of a kind."""
        return self.hear(lambda heard: heard["type"] == kind)

    def rest(self, state: int | None = None) -> dict[str, Any]:
        """Return the head of the next full picture at rest, of a state; all its light is there then."""
        full = self.hear(
            lambda heard: heard["type"] == "frame" and heard["divisor"] == 1 and state in (None, heard["state"])
        )
        self.hear(lambda heard: heard["type"] == "status" and heard["renderer"] == "ready")
        return full

    def set(self, **changes: Any) -> int:
        """Set something, and return the state's version that it makes."""
        self.say("set", changes=changes)
        return int(self.hear_of("state")["version"])


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started, by /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def command_of(pid: int) -> str:
    """Return the command line of a process; empty where there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def renderer_of(server: Served) -> int:
    """Return the process that renders for a server; 0 where there is none."""
    found = [pid for pid in children_of(server.process.pid) if "render.viewer.child" in command_of(pid)]
    return found[0] if found else 0


@pytest.fixture(scope="module")
def coarse_sky_of_module() -> Iterator[None]:
    """Lay the sky-view table out with fewer rays, for all tests of a module."""
    with pytest.MonkeyPatch.context() as patch:
        lay_sky_coarsely(patch)
        yield


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a server of a small scene in a folder of its own; it says nothing on standard error and ends well."""
    folder = tmp_path_factory.mktemp("window")
    (folder / "slab.toml").write_text(slab_text(), encoding="utf-8")
    server = Served(folder, "--size", f"{SIZE[0]}x{SIZE[1]}")
    yield server
    assert server.close() == (0, "")


@pytest.fixture
def page(served: Served) -> Iterator[Page]:
    """Return a page of the window, everything as its file has it."""
    with served.open() as socket:
        opened = Page(socket)
        opened.hear_of("viewers")
        opened.say("reset")
        opened.hear_of("state")
        yield opened
