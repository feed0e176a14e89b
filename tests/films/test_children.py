"""Frames rendered by processes of their own: what they answer, and what is told when they die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from render.core.cache import heard
from render.core.errors import DiskError, InputError
from render.films import children
from render.films.child import Task
from render.films.children import Child
from render.films.failures import FrameError, GoneError
from render.films.plan import plan_of
from render.films.renderers import Renderers
from render.frame.render import stages_heard
from render.processes.started import how_it_ended
from render.scene import load_scene

PROGRAM = """
import os, signal, sys, time
from render.core.cache import told
from render.frame.render import stage_listener
from render.core.errors import DiskError, InputError
from render.films import one
from render.films.child import main
from render.films.plan import Made
def fake(plan, index, device, durable, band_pixels, presence):
    print("a library prints")
    if index == 8:
        with told("making a table"): stage_listener()(0.5, "marching")
    if index == 1: os.kill(os.getpid(), signal.SIGKILL)
    if index == 2: raise InputError("the file covers no such instant")
    if index == 3: raise DiskError("the disk is full")
    if index == 4: raise ValueError("of our own")
    if index == 5: print("terminate called", file=sys.stderr, flush=True); os._exit(3)
    if index == 6: time.sleep(60.0)
    return Made(f"{device} {durable} {os.getpid()} {os.environ.get('TI_CPU_MAX_NUM_THREADS')}", 0.5)
one.render_one = fake
main()
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Child]:
    monkeypatch.setattr(children, "PROGRAM", PROGRAM)
    made = Child(Task(plan_of(load_scene("quiet_arc"), tmp_path), "cpu", False), {"TI_CPU_MAX_NUM_THREADS": "3"})
    yield made
    made.close()


def test_a_process_renders_frame_after_frame(child: Child) -> None:
    first, second = child.render(0), child.render(7)
    assert first == second and first.seconds == 0.5
    assert first.device_label.startswith("cpu False ") and first.device_label.endswith(" 3")
    assert str(os.getpid()) not in first.device_label.split()


def test_what_a_frame_is_refused_for_is_raised_as_itself(child: Child) -> None:
    with pytest.raises(InputError, match=r"^the file covers no such instant$"):
        child.render(2)
    with pytest.raises(DiskError, match=r"^the disk is full$"):
        child.render(3)
    with pytest.raises(FrameError, match=r"^ValueError: of our own$"):
        child.render(4)
    assert child.render(0).seconds == 0.5


def test_what_a_process_tells_of_its_work_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "PROGRAM", PROGRAM)
    words: list[object] = []
    making: list[str] = []
    with heard(making.append), stages_heard(lambda share, doing: words.append((share, doing))):
        renderers = Renderers(plan_of(load_scene("quiet_arc"), tmp_path), "cpu", 1)
    try:
        assert renderers.renders[0](8).seconds == 0.5
    finally:
        renderers.close()
    assert (words, making) == ([(0.5, "marching")], ["making a table", ""])


def test_products_of_matrices_have_one_thread_unless_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who calls the library has not set what the command line does."""
    name = "OPENBLAS_NUM_THREADS"
    monkeypatch.setattr(children, "PROGRAM", PROGRAM.replace("TI_CPU_MAX_NUM_THREADS", name))
    for told, found in ((None, "1"), ("3", "3")):
        monkeypatch.delenv(name, raising=False)
        if told:
            monkeypatch.setenv(name, told)
        child = Child(Task(plan_of(load_scene("quiet_arc"), tmp_path), "cpu", False))
        assert child.render(0).device_label.split()[-1] == found
        child.close()


def test_a_death_is_an_error_of_its_frame_and_the_next_has_a_new_process(child: Child) -> None:
    first = child.render(0).device_label
    with pytest.raises(FrameError, match=r"ended by SIGKILL, for want of memory, most likely"):
        child.render(1)
    with pytest.raises(FrameError, match=r"ended with exit code 3: terminate called"):
        child.render(5)
    assert child.render(0).device_label != first


def test_ctrl_c_of_the_terminal_is_not_the_childs(child: Child) -> None:
    pid = int(child.render(0).device_label.split()[2])
    os.kill(pid, signal.SIGINT)
    assert int(child.render(0).device_label.split()[2]) == pid


def test_a_closed_child_is_gone_at_once(child: Child) -> None:
    pid = int(child.render(0).device_label.split()[2])
    threading.Timer(0.5, child.close).start()
    began = time.monotonic()
    with pytest.raises(GoneError):  # no failure of the frame's, of which a few are counted
        child.render(6)
    assert time.monotonic() - began < 30.0
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


ABANDONED = """
import sys
from pathlib import Path
from render.films import children
from render.films.child import Task
from render.films.plan import plan_of
from render.scene import load_scene
children.PROGRAM = {program!r}
child = children.Child(Task(plan_of(load_scene("quiet_arc"), Path(".")), "cpu"))
print(child.render(0).device_label.split()[2], flush=True)
child.render(6)
"""


def test_a_child_whose_parent_is_killed_ends_in_the_midst_of_its_frame() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", ABANDONED.format(program=PROGRAM)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 30.0
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        if "Z" in Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split()[2]:
            break
        time.sleep(0.05)
    assert time.monotonic() < deadline


@pytest.mark.skipif(not hasattr(signal, "SIGRTMIN"), reason="signals of Linux")
def test_a_death_by_a_signal_without_a_name_is_told() -> None:
    assert how_it_ended(-(signal.SIGRTMIN + 1), b"") == f"was ended by signal {signal.SIGRTMIN + 1}"


KEEPING = """
import taichi as ti
from render import device as devices
from render.films import one
from render.films.child import main
from render.films.plan import Made
@ti.kernel
def sum_to(count: ti.i32) -> ti.i32:
    total = 0
    for k in range(count):
        total += k
    return total
def fake(plan, index, device, durable, band_pixels, presence):
    devices.start("cpu")
    return Made(str(sum_to(index)), 0.1)
one.render_one = fake
main()
"""


@pytest.mark.parametrize("parts", [True, False])
def test_a_process_that_is_let_to_end_keeps_its_kernels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: bool
) -> None:
    """One that is killed has compiled them in vain."""
    source, kept = tmp_path / "keeping.py", tmp_path / "kernels"
    source.write_text(KEEPING, encoding="utf-8")  # Taichi reads a kernel's source from its file
    kept.mkdir()
    monkeypatch.setenv("TI_OFFLINE_CACHE_FILE_PATH", str(kept))
    monkeypatch.setattr(children, "PROGRAM", f"import runpy; runpy.run_path({str(source)!r})")
    child = Child(Task(plan_of(load_scene("quiet_arc"), tmp_path), "cpu", False))
    assert child.render(5).device_label == "10"
    if parts:
        child.part()
    child.close()
    assert bool(list(kept.glob("*.tic"))) == parts
