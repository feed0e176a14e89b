"""What a worker of a cluster must have, which GPU it gets, and what its loss means, with a stand-in for Dask."""

from __future__ import annotations

import os
import pickle
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from render.core.errors import DeviceError, InputError, OutputError
from render.films import child, children
from render.films.child import Task
from render.films.claims import Claims
from render.films.cluster import there, workers
from render.films.cluster.there import Found, Kept, Wanted, found_here, gpus_here, wanted_of
from render.films.cluster.workers import LOSSES, Workers
from render.films.failures import FrameError, GoneError
from render.films.plan import FilmPlan, Made, plan_of
from render.films.renderers import environment_of
from render.scene import load_scene
from tests.films.on_cluster import PROGRAM, logged, tell, wait_until

pytest.importorskip("distributed", reason="needs distributed, of the extra `cluster`")


@pytest.fixture
def plan(tmp_path: Path) -> FilmPlan:
    (tmp_path / "frames").mkdir()
    return plan_of(load_scene("iss030_e_130515"), tmp_path / "frames", (4, 2), range(4))


# What a worker must have


@pytest.fixture
def wanted(plan: FilmPlan) -> Iterator[Wanted]:
    claims = Claims(plan.folder)
    yield wanted_of(plan, claims)
    claims.close()
    assert list(plan.folder.iterdir()) == []


def why_not(wanted: Wanted) -> str:
    return str(pickle.loads(found_here(wanted)).why_not)


def test_a_machine_like_this_one_is_fit(wanted: Wanted) -> None:
    assert why_not(wanted) == "" and [key for key, *_ in wanted.files] == ["[camera] wcs"]


def test_what_is_lacking_is_named(wanted: Wanted, tmp_path: Path) -> None:
    ((key, _, digest),) = wanted.files
    absent, other = str(tmp_path / "absent.json"), tmp_path / "other.json"
    other.write_text("{}", encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    for change, told in (
        ({"version": "0.0.1"}, r"it has polarlight \S+, not 0.0.1"),
        ({"sources": "0"}, r"its polarlight \S+ has other sources than the one here"),
        ({"folder": tmp_path / "nowhere"}, r"it does not see the folder /\S+/nowhere"),
        ({"folder": tmp_path / "elsewhere"}, r"it sees another folder as /\S+/elsewhere"),
        ({"token": "another"}, r"it sees another folder as /\S+/frames"),
        ({"files": ((key, absent, digest),)}, rf"it has no file {absent}, which \[camera\] wcs names"),
        ({"files": ((key, str(other), digest),)}, rf"it has another file {other}, which \[camera\] wcs names"),
    ):
        assert re.fullmatch(told, why_not(replace(wanted, **change)))  # type: ignore[arg-type]


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_folder_that_takes_no_file_is_named(wanted: Wanted) -> None:
    wanted.folder.chmod(0o500)
    assert why_not(wanted).startswith(f"it cannot write to {wanted.folder}: ")
    wanted.folder.chmod(0o700)


# GPUs


def test_gpus_are_those_of_the_environment_else_those_of_the_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert gpus_here() == []
    driver = tmp_path / "nvidia-smi"
    driver.write_text('#!/bin/sh\necho "GPU 0: A (UUID: GPU-1a)"\necho "GPU 1: A (UUID: GPU-2b)"\n', encoding="ascii")
    driver.chmod(0o700)
    assert gpus_here() == ["GPU-1a", "GPU-2b"]
    driver.write_text('#!/bin/sh\necho "GPU 0: A (UUID: GPU-1a)"\necho "  MIG 1g Device 0: (UUID: MIG-9)"\n')
    assert gpus_here() == ["MIG-9"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,1")
    assert gpus_here() == ["3", "1"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert gpus_here() == []


# A stand-in for Dask: answers come when they are asked for


@dataclass
class Future:
    call: bytes
    client: FakeClient
    address: str
    status: str = "pending"

    def done(self) -> bool:
        return self.address not in self.client.lost

    def result(self, timeout: float = 0.0) -> Any:
        if self.address in self.client.lost:
            time.sleep(0.01)
            raise TimeoutError
        return self.client.answers(self)


@dataclass
class FakeClient:
    """Of workers by address; `lost`: those whose answers never come, `events`: of nannies."""

    found: dict[str, Found]
    made: Any = None
    lost: set[str] = field(default_factory=set)
    events: list[tuple[float, dict[str, str]]] = field(default_factory=list)
    status: str = "running"
    asked: list[tuple[str, Any]] = field(default_factory=list)

    class scheduler:  # noqa: N801
        ncores = None

    def sync(self, _: Any, callback_timeout: float) -> list[str]:
        return list(self.found)

    def submit(self, function: Any, call: bytes, workers: list[str], **_: Any) -> Future:
        return Future(call, self, workers[0])

    def answers(self, future: Future) -> bytes:
        if b"found_here" in future.call:
            return pickle.dumps(self.found[future.address])
        if isinstance(self.made, Exception):
            return pickle.dumps((child.REFUSED, type(self.made), str(self.made)))
        return pickle.dumps((child.MADE, self.made or Made("fake", 0.1)))

    def get_events(self, topic: str) -> list[tuple[float, dict[str, str]]]:
        return self.events

    def cancel(self, futures: Any) -> None: ...

    def run(self, function: Any, *arguments: Any, **named: Any) -> None:
        self.asked.append((function.__name__, named["workers"]))

    def close(self) -> None:
        self.status = "closed"


class Stage:
    """Workers on a stand-in, and what is told of them."""

    def __init__(self, plan: FilmPlan, monkeypatch: pytest.MonkeyPatch, client: FakeClient) -> None:
        self.client, self.lines = client, list[str]()
        monkeypatch.setattr(workers, "connected", lambda address: client)
        monkeypatch.setattr(workers, "LOOK_EVERY_S", 0.1)
        self.claims = Claims(plan.folder)
        self.workers = Workers(plan, "cpu", self.claims, address="tcp://there:1", wait_s=0.3, warn=self.lines.append)

    def joined(self, count: int) -> list[Any]:
        found: list[Any] = []
        wait_until(lambda: found.extend(self.workers.joined()) or len(found) >= count, 10.0)
        return found

    def close(self) -> None:
        self.workers.close()
        self.claims.close()


@pytest.fixture
def stage(plan: FilmPlan, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    made: list[Stage] = []

    def make(client: FakeClient) -> Stage:
        made.append(Stage(plan, monkeypatch, client))
        return made[-1]

    yield make
    for one in made:
        one.close()


def on(host: str, *gpus: str) -> Found:
    return Found("", host, gpus)


def test_workers_of_a_host_get_a_gpu_each_round(stage: Any) -> None:
    client = FakeClient(
        {"a": on("h", "0", "1"), "b": on("h", "0", "1"), "c": on("h", "0", "1"), "d": on("other", "0", "1"),
         "e": on("h", "5"), "f": on("turned", "0", "1"), "g": on("turned", "1", "0")}
    )  # fmt: skip
    one = stage(client)
    one.joined(7)
    given = {
        address: environment_of(worker.number, None, worker.found.gpus).get("CUDA_VISIBLE_DEVICES")
        for address, worker in one.workers._used.items()
    }
    assert sorted(given[address] for address in "abc") == ["0", "0", "1"] and given["d"] == "0"
    assert (given["e"], given["f"], given["g"]) == (
        None,
        "0",
        "1",
    )  # lists turned for each worker: its own is the first


def test_a_refused_worker_is_told_of_once_and_none_left_ends_the_film(stage: Any) -> None:
    one = stage(FakeClient({"a": Found("it has no file x", "h", ())}))
    with pytest.raises(InputError, match=r"^--cluster tcp://there:1: none of its 1 workers can be used$"):
        one.joined(1)
    assert one.lines == ["worker a is not used: it has no file x"]


def test_a_worker_without_the_device_is_not_used_and_its_frame_is_not_to_blame(stage: Any) -> None:
    one = stage(FakeClient({"a": on("h")}, made=DeviceError("no CUDA here")))
    (render,) = one.joined(1)
    with pytest.raises(GoneError):
        render(0)
    assert one.lines == ["worker a is not used: no CUDA here"]
    with pytest.raises(InputError, match=r"none of its 1 workers can be used$"):
        one.joined(1)


def test_what_is_of_the_film_is_raised_as_itself(stage: Any) -> None:
    (render,) = stage(FakeClient({"a": on("h")}, made=OutputError("cannot write"))).joined(1)
    with pytest.raises(OutputError, match=r"^cannot write$"):
        render(0)


def lose(one: Stage, number: int) -> None:
    """Let a worker come, be asked for frame 2, leave a part of it, and be lost."""
    one.client.found[f"w{number}"] = on("h")
    (render,) = one.joined(1)
    part = one.workers._task.plan.folder / f".frame_00002.h.{number}.part.png"
    part.write_bytes(b"half")
    one.client.lost.add(f"w{number}")
    del one.client.found[f"w{number}"]
    try:
        render(2)
    finally:
        assert not part.exists()


def test_a_loss_is_not_the_frames_until_there_are_many(stage: Any) -> None:
    one = stage(FakeClient({}))
    for number in range(LOSSES):
        with pytest.raises(GoneError):
            lose(one, number)
    with pytest.raises(FrameError, match=rf"^{LOSSES + 1} workers were lost at it$"):
        lose(one, LOSSES)
    assert "worker w0 is lost; what it was at, frame 2, is lined up again" in one.lines


def test_a_worker_ended_for_its_memory_is_the_frames_failure(stage: Any) -> None:
    one = stage(FakeClient({}, events=[(0.0, {"worker": "w0"})]))
    with pytest.raises(FrameError, match=r"^worker w0 was ended by its nanny, for want of memory$"):
        lose(one, 0)


def test_the_end_reaches_all_workers(stage: Any) -> None:
    one = stage(FakeClient({"a": on("h"), "b": on("h")}))
    one.joined(2)
    one.close()
    assert [(name, sorted(places)) for name, places in one.client.asked] == [("leave", ["a", "b"])]


# The one process of a worker


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_kept_child_stays_until_its_owner_leaves_or_nobody_asks(
    plan: FilmPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "PROGRAM", PROGRAM)
    tell(tmp_path)
    kept, task = Kept(), Task(plan, "cpu")
    kept.ask("one", task, {}, 0)
    kept.ask("two", replace(task, device="auto"), {}, 1)
    kept.leave("one")  # which it works for no more
    assert kept.ask("two", task, {}, 2).device_label == "fake cpu"
    with pytest.raises(GoneError):
        kept.ask("one", task, {}, 3)
    assert len({pid for *_, pid in logged(tmp_path)}) == 1
    monkeypatch.setattr(there, "IDLE_S", 0.2)
    kept.ask("two", task, {}, 3)
    pid = logged(tmp_path)[-1][2]
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), 10.0)
    kept.leave("two")
