"""Nothing is downloaded at run time: everything works where the network may not even be asked for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from render import load_scene

# An audit hook sees every socket of the process, whichever library opens it, and cannot be taken off again.
GUARD = """
import sys
FORBIDDEN = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.sendto")
def forbid(event, arguments):
    if event in FORBIDDEN:
        raise RuntimeError(f"network asked for: {event} {arguments}")
sys.addaudithook(forbid)
"""
COMMANDS = """
from render.cli import run
sys.exit(run(sys.argv[1:]))
"""


def offline(code: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh process that may open no connection."""
    command = [sys.executable, "-c", GUARD + code, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)",
        "import socket; socket.getaddrinfo('example.org', 80)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/', timeout=1)",
    ],
)
def test_guard_holds(attempt: str, tmp_path: Path) -> None:
    answer = offline(attempt, folder=tmp_path)
    assert answer.returncode != 0
    assert "network asked for" in answer.stderr


def test_scenes_and_geometry_need_no_network(tmp_path: Path) -> None:
    answer = offline(COMMANDS, "check", "angels_singing", folder=tmp_path)
    assert (answer.returncode, answer.stderr) == (0, "")
    answer = offline(COMMANDS, "where", "angels_singing", "--place", "40.71,-74.01", folder=tmp_path)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_frame_needs_no_network(tmp_path: Path) -> None:
    # The main scene uses every stage: orbit, ephemeris, atmosphere models, cities, stars, station, development.
    # Through a longer lens fewer maps and rays of the sky are made.
    (tmp_path / "a.toml").write_text(load_scene("angels_singing").text.replace("= 17.0", "= 85.0"), encoding="utf-8")
    arguments = ("render", "a.toml", "--size", "32x18", "--device", "cpu", "-o", "a.png", "-o", "a.exr")
    answer = offline(COMMANDS, *arguments, folder=tmp_path)
    assert answer.returncode == 0
    assert re.sub(r"polarlight: a: \d+%, .*\n", "", answer.stderr) == ""  # lines of progress alone
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.exr", "a.png", "a.toml"]
