"""How far long work is, on standard error: a bar, or lines where that is not a terminal."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from render.commands.console import duration, warn
from render.core.cache import heard

if TYPE_CHECKING:
    from render.films.film import FilmProgress

# s at least between two lines of progress where there is no terminal: of two stages, or within one
STAGE_EVERY_S, LINE_EVERY_S = 1.0, 10.0

Progress = Callable[[float, str], None]
"""Called with the fraction done, 0..1, and what is being done."""


@contextlib.contextmanager
def progress_bar(label: str, *, each: bool = False) -> Iterator[Progress]:
    """Show how far the block's work is; `each`: a line of every stage where there is no terminal.

    What is made once on a machine, kernels and tables, is named after the stage that waits for it.
    """
    with _bar(label, each=each) as show:
        last = 0.0, ""

        def tell(fraction: float, doing: str) -> None:
            nonlocal last
            last = fraction, doing
            show(fraction, doing)

        with heard(_unless_done(lambda making: show(last[0], _named(last[1], making)))):
            yield tell


@contextlib.contextmanager
def film_bar() -> Iterator[Callable[[FilmProgress], None]]:
    """Show how far a film is, with the time left; what is made once on a machine as `progress_bar` does."""
    with _film_bar() as show:
        last: FilmProgress | None = None

        def tell(at: FilmProgress) -> None:
            nonlocal last
            last = at
            show(at)

        with heard(
            _unless_done(lambda making: show(replace(last, doing=_named(last.doing, making))) if last else None)
        ):
            yield tell


def _unless_done(hear: Callable[[str], None]) -> Callable[[str], None]:
    """Return what hears "", that something is made, on a terminal only: elsewhere it is not worth a line."""
    return lambda making: hear(making) if making or sys.stderr.isatty() else None


def _named(doing: str, making: str) -> str:
    return f"{doing}: {making}" if doing and making else doing or making


@contextlib.contextmanager
def _bar(label: str, *, each: bool) -> Iterator[Progress]:
    if not sys.stderr.isatty():
        line = _lines(label, each=each)
        yield lambda fraction, doing: line(f"{fraction:.0%}", doing)
        return
    from rich.console import Console  # noqa: PLC0415 - only where a bar is shown
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.fields[label]}"), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, label=label)
        yield lambda fraction, doing: bar.update(task, completed=fraction, description=doing)


@contextlib.contextmanager
def _film_bar() -> Iterator[Callable[[FilmProgress], None]]:
    if not sys.stderr.isatty():
        line = _lines("film")
        yield lambda at: line(f"{at.done + at.kept} of {at.total + at.kept}{_left(at.seconds_left)}", at.doing)
        return
    from rich.console import Console  # noqa: PLC0415 - only where a bar is shown
    from rich.progress import BarColumn, Progress, TextColumn  # noqa: PLC0415

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}{task.fields[left]}"),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("", total=None, left="")

        def show(at: FilmProgress) -> None:
            done, total = at.done + at.kept, at.total + at.kept
            bar.update(task, completed=done, total=total, description=at.doing, left=_left(at.seconds_left))

        yield show


def _lines(label: str, *, each: bool = False) -> Callable[[str, str], None]:
    """Return what writes a line on standard error of a stage's name and how far it is: of short work, none.

    `each`: one line of every stage, however short, numbered ones apart, and none of what is made for it.
    """
    last_s, last_stage = time.monotonic(), ""

    def tell(how_far: str, doing: str) -> None:
        nonlocal last_s, last_stage
        if each:
            stage = doing.partition(":")[0]
            if stage != last_stage:
                last_stage = stage
                warn(f"{label}: {how_far}, {stage}")
            return
        stage = "".join(character for character in doing if not character.isdigit())
        if time.monotonic() - last_s >= (LINE_EVERY_S if stage == last_stage else STAGE_EVERY_S):
            last_s, last_stage = time.monotonic(), stage
            warn(f"{label}: {how_far}, {doing}")

    return tell


def _left(seconds: float | None) -> str:
    return "" if seconds is None else f", {duration(seconds)} left"
