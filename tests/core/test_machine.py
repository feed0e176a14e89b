"""What a machine lets its processes take: the least of what it has and what control groups allow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from render.core import machine

INSTALLED = 8e9


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that stands for the system's control groups, on a machine of INSTALLED bytes."""
    monkeypatch.setattr(machine, "CONTROL_GROUPS", tmp_path)
    sizes = {"SC_PHYS_PAGES": int(INSTALLED) // 4096, "SC_PAGE_SIZE": 4096}
    monkeypatch.setattr(os, "sysconf", sizes.__getitem__, raising=False)
    return tmp_path


def within(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    read = Path.read_text
    own = Path("/proc/self/cgroup")
    monkeypatch.setattr(Path, "read_text", lambda path, **how: text if path == own else read(path, **how))


@pytest.mark.parametrize(
    ("cgroup", "file", "limit", "allowed"),
    [
        ("0::/a/b", "a/b/memory.max", "2000000000", 2e9),
        ("0::/a/b", "a/memory.max", "2000000000", 2e9),  # of the group around
        ("0::/a/b", "a/b/memory.max", "max", INSTALLED),
        ("0::/a/b", "other/memory.max", "2000000000", INSTALLED),
        ("4:cpu,memory:/a", "memory/a/memory.limit_in_bytes", "3000000000", 3e9),
        ("4:memory:/", "memory/memory.limit_in_bytes", "9223372036854771712", INSTALLED),
        ("5:devices:/a", "a/memory.max", "2000000000", INSTALLED),
    ],
)
def test_memory_is_the_least_that_is_allowed(
    groups: Path, monkeypatch: pytest.MonkeyPatch, cgroup: str, file: str, limit: str, allowed: float
) -> None:
    (groups / file).parent.mkdir(parents=True, exist_ok=True)
    (groups / file).write_text(f"{limit}\n", encoding="ascii")
    within(monkeypatch, f"1:name=systemd:/x\n{cgroup}\n")
    assert machine.memory_bytes() == pytest.approx(allowed, rel=1e-6)


def test_a_process_is_alive_until_it_has_ended() -> None:
    run = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert machine.is_alive(run.pid) and machine.is_alive(os.getpid())
    run.communicate(b"\n")
    assert not machine.is_alive(run.pid)
    assert not any(map(machine.is_alive, (0, -1, None, "1", 2**70)))


def test_a_hosts_name_is_fit_for_a_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.socket, "gethostname", lambda: "node 7.Farm/é")
    machine.host_tag.cache_clear()
    tag = machine.host_tag()
    machine.host_tag.cache_clear()
    assert (
        tag.startswith("node-7-Farm-")
        and set(tag) <= set("abcdefghijklmnopqrstuvwxyzFAM-0123456789")
        and "." not in tag
    )


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_memory_that_nothing_uses_is_given_back() -> None:
    program = """
import re
from render.core.machine import give_back_memory
def mb():
    return int(re.search(r"RssAnon:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
pieces = [bytearray(4000) for _ in range(25_000)]
full = mb()
del pieces[:-1]  # the last lies above them all
freed = mb()
give_back_memory()
print(full - freed, freed - mb())
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    at_once, later = map(float, ended.stdout.split())
    if "CS_GNU_LIBC_VERSION" in os.confstr_names and os.confstr("CS_GNU_LIBC_VERSION"):  # glibc
        assert at_once < 20.0 and later > 60.0


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.ctypes, "CDLL", lambda name: object())
    machine.give_back_memory()
