"""Leases on frames: one holder at a time, the dead ones taken over, whatever the clocks say."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from render.core.errors import OutputError
from render.core.machine import host_tag
from render.films import claims as module
from render.films.claims import Claims

LEASE_S = 40.0
KEYS = [f"frame_{k:05d}" for k in range(40)]


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set the time of leases by hand."""
    made = Clock()
    monkeypatch.setattr(module.time, "monotonic", made.monotonic)
    return made


def other(
    folder: Path, key: str, *, host: str = "elsewhere-0", pid: int = 1, renewed: int = 0, token: str = "t"
) -> Path:
    path = folder / f".{key}.lease"
    path.write_text(json.dumps({"token": token, "host": host, "pid": pid, "renewed": renewed}))
    return path


def race(kind: type[Claims], folder: Path, runners: int = 8) -> Counter[str]:
    """Return how often each key was taken by runners that all want all of them at once."""
    taken: Counter[str] = Counter()
    start = threading.Barrier(runners)

    def run() -> None:
        mine = kind(folder, LEASE_S)
        start.wait()
        taken.update(key for key in KEYS if mine.take(key))

    threads = [threading.Thread(target=run) for _ in range(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


class Naive(Claims):
    """Leases as they should not be: looked for first, and then written."""

    def _create(self, key: str, content: dict[str, object]) -> bool:
        if self._path(key).exists():
            return False
        time.sleep(0.001)
        self._path(key).write_text(json.dumps(content))
        return True


def test_each_lease_has_one_holder(tmp_path: Path) -> None:
    taken = race(Claims, tmp_path)
    assert set(taken) == set(KEYS) and set(taken.values()) == {1}


def test_a_lease_that_is_looked_for_before_it_is_made_has_several(tmp_path: Path) -> None:
    assert max(race(Naive, tmp_path).values()) > 1


def test_processes_share_the_keys(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom render.films.claims import Claims\n"
        "mine = Claims(Path(sys.argv[1]))\nprint(*[k for k in sys.argv[2:] if mine.take(k)])\ninput()"
    )
    command = [sys.executable, "-c", program, str(tmp_path), *KEYS]
    runs = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    taken = Counter(key for run in runs if run.stdout for key in run.stdout.readline().split())
    for run in runs:
        run.communicate("\n")
    assert set(taken) == set(KEYS) and set(taken.values()) == {1}


def test_a_lease_given_back_is_free(tmp_path: Path) -> None:
    one, two = Claims(tmp_path), Claims(tmp_path)
    assert one.take("a", frame=3) and not one.take("a") and not two.take("a")
    holder = two.holder("a")
    assert holder is not None and (holder["frame"], holder["pid"], holder["host"]) == (3, os.getpid(), host_tag())
    assert list(two._living()) == ["a"] and not two.is_alone()
    one.release("a")
    assert two.is_alone() and two.take("a")
    one.close()
    assert not one.is_alone()
    two.close()
    assert not list(tmp_path.iterdir())


def test_a_process_that_is_gone_has_lost_its_lease_at_once(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f".a.{host_tag()}.{gone.pid}.part.png").write_bytes(b"half")
    (tmp_path / f".b.{host_tag()}.{gone.pid}.part.png").write_bytes(b"half")
    other(tmp_path, "a", host=host_tag(), pid=gone.pid)
    mine = Claims(tmp_path, LEASE_S)
    assert mine.is_alone() and mine.take("a")
    mine.close()
    assert [path.name for path in tmp_path.iterdir()] == [f".b.{host_tag()}.{gone.pid}.part.png"]


def test_leases_are_given_back_where_the_end_is_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, real = Claims(tmp_path, LEASE_S), Claims._is_lost
    assert mine.take("a") and mine.take("b")

    def interrupted(claims: Claims, key: str) -> bool:
        monkeypatch.setattr(Claims, "_is_lost", real)
        raise KeyboardInterrupt

    monkeypatch.setattr(Claims, "_is_lost", interrupted)
    with pytest.raises(KeyboardInterrupt):
        mine.close()
    assert not list(tmp_path.iterdir())


def test_leases_of_the_dead_are_put_away_and_no_others(tmp_path: Path) -> None:
    """Who was killed after its last frame was written leaves a lease that nobody will want."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    other(tmp_path, "a", host=host_tag(), pid=gone.pid)
    other(tmp_path, "b", host=host_tag(), pid=os.getpid())
    other(tmp_path, "c", pid=gone.pid)
    mine = Claims(tmp_path, LEASE_S)
    mine.clear_dead()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b.lease", ".c.lease"]


def test_a_number_of_a_process_says_nothing_on_another_host(tmp_path: Path, clock: Clock) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    other(tmp_path, "a", pid=gone.pid)
    assert not Claims(tmp_path, LEASE_S).take("a")


@pytest.mark.parametrize("hours", [-30.0, 0.0, 30.0])
def test_silence_alone_ends_a_lease_whatever_the_other_clock_says(tmp_path: Path, clock: Clock, hours: float) -> None:
    path = other(tmp_path, "a")
    mine = Claims(tmp_path, LEASE_S)
    for renewed in range(5):
        other(tmp_path, "a", renewed=renewed)
        os.utime(path, (time.time() + 3600.0 * hours,) * 2)
        assert not mine.take("a")
        clock.now += 0.9 * LEASE_S
    clock.now += 0.2 * LEASE_S  # 1.1 of a lease after the last renewal
    assert mine.take("a")
    mine.close()


def test_half_a_lease_is_one(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / ".a.lease").write_text('{"tok')
    mine = Claims(tmp_path, LEASE_S)
    assert not mine.take("a") and mine.holder("a") == {}
    clock.now += 1.1 * LEASE_S
    assert mine.take("a")
    mine.close()


def test_a_lease_is_renewed_until_it_is_lost(tmp_path: Path) -> None:
    mine = Claims(tmp_path, 0.2)
    assert mine.take("a") and mine.take("b")
    deadline = time.monotonic() + 20.0
    while (mine.holder("a") or {}).get("renewed", 0) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (mine.holder("a") or {})["renewed"] >= 2
    path = other(tmp_path, "a", token="another")
    before = path.read_bytes()
    time.sleep(0.3)
    mine.close()
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == [".a.lease"]


def test_a_holder_that_comes_back_to_life_keeps_its_lease(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other(tmp_path, "a")
    mine = Claims(tmp_path, LEASE_S)
    assert not mine.take("a")
    clock.now += 2.0 * LEASE_S
    rename = os.rename

    def late(source: Path, target: Path) -> None:
        other(tmp_path, "a", renewed=7)  # it renews between our look and our hand
        rename(source, target)

    monkeypatch.setattr(module.os, "rename", late)
    assert not mine.take("a")
    assert (mine.holder("a") or {})["renewed"] == 7
    assert [path.name for path in tmp_path.iterdir()] == [".a.lease"]


def test_a_folder_that_takes_nothing_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*\.a\.lease: No such file or directory"):
        Claims(tmp_path / "gone").take("a")


def test_a_folder_that_is_away_for_a_moment_loses_no_lease(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Claims(tmp_path, 0.2)
    assert mine.take("a")
    real = Path.open

    def away(path: Path, *arguments: Any, **named: Any) -> Any:
        if path.suffix == ".lease":
            raise OSError(errno.ESTALE, "stale file handle")
        return real(path, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", away)
        time.sleep(0.3)
    renewed = json.loads((tmp_path / ".a.lease").read_text())["renewed"]
    time.sleep(0.3)
    assert json.loads((tmp_path / ".a.lease").read_text())["renewed"] > renewed
    mine.close()
    assert not list(tmp_path.iterdir())


def test_a_lease_whose_file_was_removed_is_lost(tmp_path: Path) -> None:
    mine = Claims(tmp_path, 0.2)
    assert mine.take("a")
    (tmp_path / ".a.lease").unlink()
    time.sleep(0.3)
    assert mine.take("a")  # held no more, so it may be taken again
    mine.close()


def test_the_host_in_a_lease_is_no_pattern(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    others = tmp_path / ".a.other-000000.7.part.png"
    others.write_bytes(b"half")
    mine = Claims(tmp_path, LEASE_S)
    mine._remove_parts("a", {"host": "*", "pid": gone.pid})
    mine._remove_parts("a", {"host": "../*", "pid": gone.pid})
    assert others.exists()
    mine._remove_parts("a", {"host": "other-000000", "pid": gone.pid})
    assert not others.exists()
