"""The window's processes: who is refused, what is served, and how they end."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.viewer.conftest import Page, Served, children_of, command_of, renderer_of, slab_text


def test_the_server_never_imports_taichi() -> None:
    program = (
        "import sys, render.viewer.serving.serve, render.commands.viewing.view\n"
        "print(*(m for m in ('taichi', 'cupy', 'render.device') if m in sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "\n"


def test_a_renderer_that_is_killed_comes_back_with_a_word(page: Page, served: Served) -> None:
    page.rest()
    renderer = renderer_of(served)
    assert renderer
    os.kill(renderer, signal.SIGKILL)
    word = page.hear(lambda h: h["type"] == "status" and h["word"])["word"]
    assert word == "the renderer was ended by SIGKILL and is started anew"
    page.hear(lambda h: h["type"] == "frame" and h["divisor"] == 1)


def test_others_are_refused(served: Served) -> None:
    assert served.get("/", host="evil.example").status_code == 421
    assert served.get("/", cookie="").status_code == 403
    for path in (
        "/page/../desk.py",
        "/page/%2e%2e/desk.py",
        "/page//etc/hostname",
        "/page/../../scene.py",
        "/scene.toml",
    ):
        assert served.get(path).status_code == 404
    for headers, status in (
        ({"Origin": "http://evil.example"}, 403), ({"Origin": ""}, 403), ({"Origin": "null"}, 403),
        ({"Origin": served.base.replace("127.0.0.1", "localhost")}, 403), ({"Cookie": ""}, 403),
        ({"Cookie": served.cookie + "x"}, 403),
    ):  # fmt: skip
        with pytest.raises(InvalidStatus) as refused, served.open(**headers):
            pass
        assert refused.value.response.status_code == status


def test_large_and_many_messages_are_refused(served: Served) -> None:
    with served.open() as socket:
        socket.send("x" * 70_000)
        with pytest.raises(ConnectionClosed) as closed:
            for _ in range(1000):
                socket.recv(timeout=10.0)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
    with served.open() as socket:
        page = Page(socket)
        for _ in range(100):
            page.say("text")
        assert page.hear(lambda h: h["type"] == "error")["about"] == "rate"
        assert "permessage-deflate" not in str(socket.response.headers)


def test_it_ends_with_its_page_and_by_a_port_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "slab.toml").write_text(slab_text(), encoding="utf-8")
    server = Served(tmp_path, "--size", "32x18", "--close-with-page")
    port = server.base.rpartition(":")[2]
    command = [sys.executable, "-m", "render", "view", "slab.toml", "--no-browser", "--port", port]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 2 and "Address already in use" in ended.stderr and ended.stderr.count("\n") == 1
    with server.open() as socket:
        Page(socket).hear_of("hello")
        renderer = [pid for pid in children_of(server.process.pid) if "render.viewer.child" in command_of(pid)]
    assert server.process.wait(timeout=30.0) == 0 and server.process.communicate()[1] == ""
    assert len(renderer) == 1 and gone(renderer[0])


def test_the_renderer_ends_where_its_server_is_killed(tmp_path: Path) -> None:
    (tmp_path / "slab.toml").write_text(slab_text(), encoding="utf-8")
    server = Served(tmp_path, "--size", "32x18")
    renderer = [pid for pid in children_of(server.process.pid) if "render.viewer.child" in command_of(pid)]
    server.process.kill()
    server.process.communicate()
    assert len(renderer) == 1 and gone(renderer[0])


def gone(pid: int) -> bool:
    """Wait until a process has ended, and return whether it has."""
    deadline = time.monotonic() + 30.0
    while command_of(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not command_of(pid)


def test_the_page_is_served_and_keeps_to_its_policy(served: Served) -> None:
    answer = served.get("/")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/html")
    named = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert named and all(served.get(f"/{name}").status_code == 200 for name in named)
    for text in (answer.text, *(served.get(f"/{name}").text for name in named)):
        assert not re.search(
            r"\son\w+=|<style|\sstyle=|<script(?![^>]*\ssrc=)|https?://(?!www\.w3\.org/2000/svg)", text
        )
    assert len(served.get("/gamut.bin").content) == 4 * (513 + 513 * 129)
    assert "d3s" in served.get("/development.json").json()["white_balance"]["response"]
    assert list(served.get("/development.json?response=z9").json()["white_balance"]["response"]) == ["z9"]
    assert Image.open(io.BytesIO(served.get("/land.png").content)).size == (1440, 720)


def test_a_bundled_scene_is_saved_where_the_command_was_started(tmp_path: Path) -> None:
    server = Served(tmp_path, "--size", "32x18", scene="uniform_slab")
    with server.open() as socket:
        page = Page(socket)
        assert not page.hear_of("scene")["may_overwrite"]
        page.say("save", name="mine.toml")
        assert page.hear_of("saved")["file"] == str(tmp_path / "mine.toml")
    assert server.close() == (0, "")
