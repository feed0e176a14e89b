"""Whatever fails while files are written: one line, nothing half-written, nothing lost, and the same again afterwards.

Of each output a few faults, spread over all; `python -m tests.faults` does every one. In a process of their own, since
each run is forked from it.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from render.core import files
from render.core.errors import DiskError, InputError, OutputError
from render.core.files import sweep, whole_file
from render.core.machine import host_tag
from tests.faults import writers

pytest.importorskip("resource", reason="limits of files are POSIX's, and so is fork")
for needed in ("matplotlib", "xarray", "h5netcdf"):
    pytest.importorskip(needed)

FEW = 2
DEAR = 1  # of outputs whose runs take a second and more
ELSEWHERE = {
    "render/viewer/memory.py:write": "shared memory",
    "render/viewer/memory.py:close": "shared memory",
    "render/viewer/renderer.py:_write": "a pipe of our own process",
    "render/films/cluster/there.py:_wrong_with_folder": "a probe in the folder: tests/films/test_cluster.py",
    "render/core/files.py:write_text": "a whole_file with a scene in it: tests/viewer/test_desk.py",
    "render/films/cluster/workers.py:_remove_parts": "what a worker's child left: tests/films/test_cluster.py",
    "render/viewer/serving/final.py:_run": "starts a process",
    "render/viewer/serving/files.py:save": "a scene, by write_text: tests/viewer/test_desk.py",
    "render/commands/terminal/lines.py:write": "says a line",
    "render/commands/terminal/lines.py:_write": "says a line",
    "render/core/files.py:write_over": "renews a lease: tests/films/test_claims.py",
    "render/processes/started.py:__init__": "starts a process",
    "render/films/claims.py:_clear": "takes over a dead lease: tests/films/test_claims.py, tests/films/chaos.py",
    "render/films/claims.py:_remove_parts": "takes over a dead lease: tests/films/test_claims.py",
    "render/films/failures.py:forget_all": "tests/films/test_share.py",
    "render/films/presence.py:forget_empty": "where nothing was rendered: tests/films/test_presence.py",
    "render/core/quiet.py:open_streams": "writes to nowhere",
    "render/core/quiet.py:silence": "writes to nowhere",
    "render/core/quiet.py:silent_descriptors": "writes to nowhere",
    "render/core/files.py:sweep": "removes what a killed run left: each run after a kill, which must leave no part",
    "render/figures/limb.py:plot_limb": "a figure to write_diagram; takes a device",
    "render/figures/oval.py:plot_oval": "a figure to write_diagram; takes field lines",
    "render/figures/power.py:plot_power": "a figure to write_diagram; takes a device",
    "render/figures/spectrum.py:plot_spectrum": "a figure to write_diagram; takes a device",
}
"""Writers that no output of the table meets, and why."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Return what came of a few faults, by output."""
    told = tmp_path_factory.mktemp("faults") / "found.json"
    command = [sys.executable, "-m", "tests.faults", "--few", str(FEW), "--dear", str(DEAR), "--json", str(told)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.exists(), done.stderr[-3000:]
    return json.loads(told.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_no_output_is_harmed_by_a_fault(found: dict[str, dict[str, Any]]) -> None:
    assert [line for one in found.values() for line in one["wrong"]] == []
    assert len(found) >= 24
    for name, one in found.items():
        assert one["counts"]["faults"] >= 1 and one["counts"]["resumes equal"] == one["counts"]["faults"], name
    assert sum(one["counts"].get("clean errors", 0) for one in found.values()) >= 15


def test_every_writer_of_the_code_is_met_by_an_output(found: dict[str, dict[str, Any]]) -> None:
    met = {writer for one in found.values() for writer in one["writers"]}
    wanted = writers.direct() | writers.named()
    assert wanted - met - ELSEWHERE.keys() == set(), "give tests/faults/outputs.py an output that writes by these"
    assert ELSEWHERE.keys() - wanted == set(), "gone from the code"
    assert ELSEWHERE.keys() & met == set(), "no longer elsewhere"


def test_a_writer_is_seen_in_the_code(tmp_path: Path) -> None:
    (tmp_path / "render").mkdir()
    bodies = {
        "a": "open(p, 'w')", "b": "open(p, 'rb')", "c": "p.write_text('')", "d": "os.replace(p, p)",
        "e": "whole_file(p)", "f": "p.open('r+b')", "plot_g": "pass", "replace": "p.replace(p)",
    }  # fmt: skip
    text = "\n".join(f"def {name}(p):\n    {body}" for name, body in bodies.items())
    (tmp_path / "render" / "m.py").write_text(text)
    assert writers.direct(tmp_path) == {f"render/m.py:{name}" for name in "acdef"}
    assert writers.named(tmp_path) == {"render/m.py:plot_g"}


@pytest.mark.parametrize(
    ("writer", "wrong"),
    [("naive", "half-written"), ("unsynced", "half-written"), ("littering", "left behind"),
     ("removing", "lost"), ("silent", "went on"), ("wordless", "no single line"), ("forgetful", "made twice")],
)  # fmt: skip
def test_a_bad_writer_is_caught(writer: str, wrong: str) -> None:
    command = [sys.executable, "-m", "tests.faults.bad_writers", writer, wrong]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert any(wrong in line for line in done.stdout.splitlines()), done.stdout


def test_a_file_is_synced_before_it_has_its_name_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, replace = os.fsync, os.replace

    def told_sync(descriptor: int) -> None:
        done.append("folder" if os.path.samestat(os.fstat(descriptor), tmp_path.stat()) else "file")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", told_sync)
    monkeypatch.setattr(os, "replace", lambda *paths: (done.append("replace"), replace(*paths)))
    with whole_file(tmp_path / "a") as part:
        part.write_bytes(b"1")
    assert done == ["file", "replace", "folder"]
    done.clear()
    with whole_file(tmp_path / "a", durable=False) as part:
        part.write_bytes(b"2")
    assert done == ["replace"] and (tmp_path / "a").read_bytes() == b"2"


@pytest.mark.parametrize(
    ("code", "raised"), [(errno.EINVAL, None), (errno.ENOSYS, None), (errno.EIO, DiskError), (errno.EMFILE, DiskError)]
)
def test_a_disk_that_cannot_sync_is_none_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, raised: type[Exception] | None
) -> None:
    def failing(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", failing)

    def write() -> None:
        with whole_file(tmp_path / "a") as part:
            part.write_bytes(b"1")

    if raised:
        with pytest.raises(raised, match=os.strerror(code)):
            write()
        assert not list(tmp_path.iterdir())
    else:
        write()
        assert (tmp_path / "a").read_bytes() == b"1"


def test_a_folder_that_cannot_be_opened_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = os.open

    def windows(path: Any, flags: int, *rest: Any) -> int:
        if Path(path).is_dir():
            raise PermissionError(errno.EACCES, "Permission denied")
        return plain(path, flags, *rest)

    monkeypatch.setattr(os, "open", windows)
    with whole_file(tmp_path / "a") as part:
        part.write_bytes(b"1")
    assert (tmp_path / "a").read_bytes() == b"1"


def test_parts_of_dead_processes_go_with_the_next_file_of_their_name(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    here = f"{host_tag()}.{dead.pid}"
    gone = [f".a.{here}.part.png", f".a.{here}.part"]
    kept = [f".a.{host_tag()}.{os.getppid()}.part.png", f".a.elsewhere.{dead.pid}.part.png", f".b.{here}.part.png"]
    kept += [".a.x.part.png", "a.1.part.png", ".a.png"]
    for name in (*gone, *kept):
        (tmp_path / name).touch()
    with whole_file(tmp_path / "a.png") as part:
        part.touch()
    assert {path.name for path in tmp_path.iterdir()} == {*kept, "a.png"}
    sweep(tmp_path, "[b]")
    assert not (tmp_path / f".b.{here}.part.png").exists()


def test_a_system_without_more_to_give_is_no_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {errno.EMFILE: 1, errno.EIO: 1, errno.EACCES: 2, errno.EISDIR: 2}
    for code, exit_code in told.items():
        with pytest.raises(OutputError, match=os.strerror(code)) as error, whole_file(tmp_path / "a"):
            raise OSError(code, os.strerror(code))
        assert error.value.exit_code == exit_code
        read = files.reading_error("a: cannot be read", OSError(code, os.strerror(code)))
        assert isinstance(read, InputError) and read.exit_code == exit_code
