"""The renderer's process, played by small programs: started anew where it dies, given up where it dies again."""

from __future__ import annotations

import os
import queue
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from render.processes.started import Started
from render.scene import scene_from_text
from render.viewer import renderer as renderers
from render.viewer.asked import SOURCES, Metered, Pass, Ready, Request
from render.viewer.memory import Newest
from render.viewer.renderer import Renderer
from tests.conftest import MINIMAL_SCENE

HEAD = """
import os, pickle, sys
from render.viewer.asked import Pass, Ready, Request
def send(answer):
    pickle.dump(answer, sys.stdout.buffer); sys.stdout.flush()
start = pickle.load(sys.stdin.buffer)
send(Ready("played"))
"""
ECHO = """
while True:
    asked = pickle.load(sys.stdin.buffer)
    if isinstance(asked, Request):
        send(Pass(asked.number, {"moving": False, "divisor": 1, "pid": os.getpid()}, b""))
"""
DIES = """
asked = pickle.load(sys.stdin.buffer)
sys.stderr.write("what went wrong\\n")
os._exit(3)
"""
PATIENCE_S = 30.0


class Played:
    """A renderer whose process is a program of ours, and what is heard of it."""

    def __init__(self) -> None:
        self.answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.deaths: queue.SimpleQueue[tuple[str, bool]] = queue.SimpleQueue()
        self.renderer = Renderer("cpu", self.answers.put, lambda how, again: self.deaths.put((how, again)))

    def ask(self) -> int:
        """Ask for a picture, and return the request's number."""
        scene = scene_from_text(MINIMAL_SCENE)
        number = self.renderer.newest.number + 1
        self.renderer.ask(Request(number, 1, scene, scene, 0.0, (16, 16), False, frozenset(SOURCES)))
        return number

    def answer(self, kind: type) -> Any:
        while True:
            answer = self.answers.get(timeout=PATIENCE_S)
            if isinstance(answer, kind):
                return answer


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Played]]:
    made = []

    def play(program: str) -> Played:
        monkeypatch.setattr(renderers, "PROGRAM", HEAD + program)
        made.append(Played())
        made[-1].renderer.start()
        return made[-1]

    yield play
    for one in made:
        one.renderer.close()


def test_requests_are_answered_and_their_number_stands_in_memory(played: Callable[[str], Played]) -> None:
    play = played(ECHO)
    assert play.answer(Ready).device == "played"
    number = play.ask()
    assert play.answer(Pass).number == number and Newest(play.renderer.newest.name).number == number
    play.renderer.drop()
    assert play.renderer.newest.number == number + 1
    assert play.ask() == number + 2


def test_one_that_is_killed_is_started_anew_with_what_was_asked_last(played: Callable[[str], Played]) -> None:
    play = played(ECHO)
    number = play.ask()
    before = play.answer(Pass).head["pid"]
    assert before == play.renderer.pid
    os.kill(play.renderer.pid, signal.SIGKILL)
    assert play.deaths.get(timeout=PATIENCE_S) == ("the renderer was ended by SIGKILL", True)
    again = play.answer(Pass)
    assert again.number == number and again.head["pid"] != before


def test_one_that_dies_twice_without_a_picture_is_given_up(played: Callable[[str], Played]) -> None:
    play = played(DIES)
    play.ask()
    how = "the renderer ended with exit code 3: what went wrong"
    assert [play.deaths.get(timeout=PATIENCE_S) for _ in range(2)] == [(how, True), (how, False)]
    time.sleep(0.2)
    assert play.renderer.pid is None and play.deaths.empty()
    play.ask()  # nobody is there to hear it
    play.renderer.try_again()
    play.renderer.try_again()  # once is enough: one is being started
    assert play.deaths.get(timeout=PATIENCE_S) == (how, True)


def test_a_picture_at_rest_forgives_a_death(played: Callable[[str], Played]) -> None:
    play = played(ECHO)
    for _ in range(3):
        number = play.ask()
        while play.answer(Pass).number != number:
            pass
        os.kill(play.renderer.pid, signal.SIGKILL)
        assert play.deaths.get(timeout=PATIENCE_S)[1]


def test_what_was_metered_is_handed_to_the_next(played: Callable[[str], Played]) -> None:
    tells = """
from render.imaging.auto_exposure import ExposureCurve
from render.viewer.asked import Metered
first = pickle.load(sys.stdin.buffer)
if isinstance(first, Metered):
    send(Pass(0, {"moving": False, "divisor": 1, "heard": first.scene_hash}, b""))
    pickle.load(sys.stdin.buffer); pickle.load(sys.stdin.buffer)
send(Metered("abc", ExposureCurve((0.0,), (-1.0,), 0.0)))
os._exit(0)
"""
    play = played(tells)
    play.ask()
    assert play.answer(Metered).scene_hash == "abc"
    assert play.answer(Pass).head["heard"] == "abc"


def test_the_process_ends_with_its_input(played: Callable[[str], Played]) -> None:
    play = played(ECHO)
    process = play.renderer._process
    play.answer(Ready)
    play.renderer.close()
    assert process.is_over


def test_a_closed_window_lets_its_process_keep_its_kernels_and_end_by_itself() -> None:
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
    renderer = Renderer("cpu", answers.put, lambda how, again: answers.put(how))
    renderer.start()
    assert isinstance(answers.get(timeout=PATIENCE_S), Ready)
    process = renderer._process
    renderer.close()
    assert process is not None and process._process.returncode == 0


def test_a_process_that_was_started_ahead_is_the_first() -> None:
    ahead = Started(HEAD + ECHO)
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
    renderer = Renderer("cpu", answers.put, lambda how, again: answers.put(how), ahead)
    renderer.start()
    assert renderer.pid == ahead.pid and answers.get(timeout=PATIENCE_S) == Ready("played")
    renderer.close()
    assert ahead.is_over
