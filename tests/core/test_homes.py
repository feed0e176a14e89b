"""Home, cache and temporary folders that are unset, missing, read-only, full or somebody else's: the work is done.

Each case is a process of its own: Taichi ends it by a signal where it cannot keep its kernels.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from render import _cache_folder_without_home
from render.core import cache

pytestmark = pytest.mark.skipif(os.name != "posix", reason="homes of POSIX")

KERNEL = """
import sys
sys.path.insert(0, {folder!r})
import render
from render import device
from render.commands.console import start_device
start_device("cpu")
import numpy as np
import doubling
array = np.arange(3.0, dtype=np.float32)
doubling.double(array)
print(array.tolist(), bool(device.kernel_folder()))
"""
DOUBLING = """
import taichi as ti

@ti.kernel
def double(array: ti.types.ndarray()):
    for i in array:
        array[i] = 2.0 * array[i]
"""
HOMES = ("HOME", "XDG_CACHE_HOME", "POLARLIGHT_CACHE", "TI_OFFLINE_CACHE_FILE_PATH")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"HOME": "/dev/null/nonexistent"}, False),
        ({"HOME": "/dev/null/nonexistent", "POLARLIGHT_CACHE": "{tmp}/own"}, True),
        ({"HOME": "{tmp}", "XDG_CACHE_HOME": "{tmp}/file"}, False),
        ({"HOME": "{tmp}", "TI_OFFLINE_CACHE_FILE_PATH": "{tmp}/file/kernels"}, True),  # in a folder of ours
        ({"HOME": "{tmp}/new"}, True),
        ({"HOME": "{tmp}/new", "TMPDIR": "/dev/null/nonexistent"}, True),
    ],
)
def test_kernels_run_with_any_home(tmp_path: Path, given: dict[str, str], kept: bool) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "doubling.py").write_text(DOUBLING)
    environment = {name: value for name, value in os.environ.items() if name not in HOMES}
    environment |= {name: value.format(tmp=tmp_path) for name, value in given.items()}
    command = [sys.executable, "-c", KERNEL.format(folder=str(tmp_path))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"[0.0, 2.0, 4.0] {kept}\n"), done.stderr
    warnings = done.stderr.splitlines()
    assert len(warnings) == (0 if kept else 1)
    for line in warnings:
        assert line.startswith("polarlight: warning: kernels and tables are made anew in each run (/")


def test_taichi_is_imported_without_any_home() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in HOMES}
    for home in ({}, {"HOME": ""}):
        command = [sys.executable, "-c", "import render, taichi, os; print(os.environ['XDG_CACHE_HOME'])"]
        done = subprocess.run(command, env=environment | home, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == _cache_folder_without_home()


def test_a_user_who_is_not_in_the_list_has_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    assert _cache_folder_without_home() == os.devnull
    assert cache.why_not_kept(Path(os.devnull) / "polarlight")


def test_a_folder_is_told_full_or_unusable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache.why_not_kept(tmp_path / "a" / "b") == ""
    (tmp_path / "file").write_text("")
    assert cache.why_not_kept(tmp_path / "file") == f"{tmp_path / 'file'}: File exists"
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda folder: usage(1, 1, 1_000_000))
    assert cache.why_not_kept(tmp_path) == f"{tmp_path}: 1 MB free on its disk, 67 are needed"
    assert not list((tmp_path / "a" / "b").iterdir())
