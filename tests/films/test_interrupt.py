"""Ctrl-C: the first one stops the run, wherever it falls, in one line and with exit code 130."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from render.commands.interrupt import heard_interrupts

pytestmark = pytest.mark.skipif(os.name == "nt", reason="sends itself SIGINT")

LINE = "polarlight: interrupted; nothing was left half-written\n"


@pytest.fixture(autouse=True)
def interrupts_not_ignored() -> Iterator[None]:
    """Hear SIGINT, here and in processes started, even where the tests run in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


WHILE_TAICHI_LOOKS_AT_SOURCE = """
import inspect, signal, sys
looked = inspect.getframeinfo
def interrupted(*arguments):
    inspect.getframeinfo = looked
    signal.raise_signal(signal.SIGINT)
    return looked(*arguments)
inspect.getframeinfo = interrupted
from render import cli
code = cli.run(["devices"])
assert inspect.getframeinfo is looked, "Taichi looks no more"
sys.exit(code)
"""

WHILE_THE_COMMANDS_ARE_IMPORTED = """
import sys
from render import cli
class Interrupt:
    def find_spec(self, name, *rest):
        if name == "numpy":
            import signal
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
cli.main(["scenes"])
"""

WHILE_ANNOTATIONS_ARE_EVALUATED = """
import signal, sys
from render import cli
cli._run = lambda arguments: eval("signal.raise_signal(signal.SIGINT)", {"signal": signal})
cli.main([])
"""

SWALLOWING = """
import signal
try:
    signal.raise_signal(signal.SIGINT)
    over = True
except BaseException:
    over = False
"""


@pytest.mark.parametrize(
    "program", [WHILE_TAICHI_LOOKS_AT_SOURCE, WHILE_THE_COMMANDS_ARE_IMPORTED, WHILE_ANNOTATIONS_ARE_EVALUATED]
)
def test_first_interrupt_stops_the_run(program: str) -> None:
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (130, LINE)  # a short command may have printed all before it is heard


def test_little_is_imported_before_interrupts_are_heard() -> None:
    program = "import sys, render.cli; print(*({'numpy', 'pydantic', 'typer', 'taichi'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout == "\n"


def test_interrupt_waits_for_the_end_of_an_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "swallowing.py").write_text(SWALLOWING)
    monkeypatch.syspath_prepend(tmp_path)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), heard_interrupts():
        over = importlib.import_module("swallowing").over
        time.sleep(5.0)
    assert over
    assert signal.getsignal(signal.SIGINT) is before


def test_interrupt_elsewhere_comes_at_once() -> None:
    after = False
    with pytest.raises(KeyboardInterrupt), heard_interrupts():
        signal.raise_signal(signal.SIGINT)
        after = True
    assert not after


def test_interrupt_in_the_last_import_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "last.py").write_text(SWALLOWING)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(KeyboardInterrupt), heard_interrupts():
        importlib.import_module("last")


def test_a_callers_own_handler_and_other_threads_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with heard_interrupts():
            assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    failures: list[BaseException] = []

    def elsewhere() -> None:
        try:
            with heard_interrupts():
                pass
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert not failures


SLEEPING = """
import sys, time
from render import cli
def sleep(arguments):
    print("asleep", flush=True)
    time.sleep(60.0)
cli._run = sleep
cli.main([])
"""


@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_the_exit_code_tells_which_signal_stopped_the_run(
    number: signal.Signals, code: int, ignored: bool, tmp_path: Path
) -> None:
    program = tmp_path / "sleeping.py"
    program.write_text(SLEEPING, encoding="utf-8")
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if ignored else None  # as of a script's background jobs
    try:
        run = subprocess.Popen(
            [sys.executable, str(program)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    finally:
        if ignored:
            signal.signal(signal.SIGINT, before)
    assert run.stdout is not None and run.stdout.readline() == "asleep\n"
    run.send_signal(number)
    if ignored and number == signal.SIGINT:
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(0.5)
        run.send_signal(signal.SIGTERM)
        code = 143
    _, told = run.communicate(timeout=30.0)
    assert (run.returncode, told) == (code, LINE)
