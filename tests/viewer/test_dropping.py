"""Work that is dropped from without: at once where all on the stack computes, later where a library is at work."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from types import FrameType, FunctionType

import numpy as np
import pytest

from render.processes.dropping import Dropping, is_safe

LONG_S = 20.0  # s, that work would take


class DroppedError(Exception):
    """Say that work was dropped."""


@pytest.fixture
def dropping() -> Iterator[Dropping]:
    before = signal.getsignal(signal.SIGINT)
    yield Dropping(DroppedError)
    signal.signal(signal.SIGINT, before)


def of_module(function: FunctionType, name: str) -> FunctionType:
    """Return a function as if a module of another name had it."""
    globals_ = {**function.__globals__, "__name__": name}
    return FunctionType(function.__code__, globals_, function.__name__, function.__defaults__)


def compute(until: float) -> int:
    steps = 0
    while time.monotonic() < until:
        np.sqrt(np.arange(1000.0))
        steps += 1
    return steps


def work(
    dropping: Dropping, outdated: bool, seconds: float, first: FunctionType = compute, first_s: float = 0.0
) -> float:
    """Compute in a block that is dropped where outdated, after something else; return how long that took."""
    began = time.monotonic()
    with dropping.when(lambda: outdated):
        first(began + first_s)
        compute(began + seconds)
    return time.monotonic() - began


def test_what_computes_is_dropped_and_what_is_wanted_is_not(dropping: Dropping) -> None:
    room = "render.frame.air"
    computing = of_module(work, room)
    computing.__globals__["compute"] = of_module(compute, room)
    assert computing(dropping, False, 0.1) >= 0.1
    began = time.monotonic()
    with pytest.raises(DroppedError):
        computing(dropping, True, LONG_S)
    assert time.monotonic() - began < LONG_S / 4


def test_what_holds_a_state_of_its_own_is_left_to_end(dropping: Dropping) -> None:
    room = "render.frame.air"
    computing = of_module(work, room)
    computing.__globals__["compute"] = of_module(compute, room)
    began = time.monotonic()
    with pytest.raises(DroppedError):  # as soon as that has ended
        computing(dropping, True, LONG_S, of_module(compute, "taichi.lang.kernel_impl"), 0.3)
    assert 0.3 <= time.monotonic() - began < LONG_S / 4


def test_an_interrupt_after_the_block_does_nothing(dropping: Dropping) -> None:
    of_module(work, "render.frame.air")(dropping, False, 0.0)
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize(
    ("names", "safe"),
    [
        (["render.viewer.painter", "render.frame.stage", "numpy.linalg"], True),
        (["render.viewer.painter", "render.core.cache", "numpy.lib"], False),
        (["render.viewer.painter", "render.integrator.sky.pixels", "render.device", "taichi.lang"], False),
        (["render.viewer.painter", "render.viewerlike"], False),
    ],
)
def test_a_stack_is_left_where_all_of_it_computes(names: list[str], safe: bool) -> None:
    frames: list[FrameType] = []

    def nested(left: list[FunctionType]) -> bool:
        frames.append(sys._getframe())
        return left[0](left[1:]) if left else is_safe(frames[-1], frames[0])

    code = nested.__code__
    functions = [
        FunctionType(code, {"__name__": name, "sys": sys, "is_safe": is_safe}, "nested", None, nested.__closure__)
        for name in names
    ]
    assert functions[0](functions[1:]) is safe


def test_a_process_that_is_asked_to_end_ends_by_itself() -> None:
    program = (
        "import atexit, json, sys; from render.processes.asked import asked\n"
        "requests, answer = asked()\n"
        "atexit.register(lambda: print(json.dumps('left'), file=sys.stderr))\n"
        "while requests.get() is not None: pass\n"
    )
    import pickle  # noqa: PLC0415

    given = pickle.dumps("first") + pickle.dumps(None)
    done = subprocess.run([sys.executable, "-c", program], input=given, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0 and json.loads(done.stderr) == "left"
