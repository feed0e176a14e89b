"""How far long work is, on standard error: a bar, or lines where that is not a terminal, or with --verbose."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from render.commands.terminal.lines import FilmLines, SeriesLines, StageLines, watched
from render.commands.terminal.loudness import is_quiet, is_verbose
from render.commands.terminal.words import duration
from render.core.cache import heard

if TYPE_CHECKING:
    from render.films.film import FilmProgress

Progress = Callable[[float, str], None]
"""Called with the fraction done, 0..1, and what is being done."""


@contextlib.contextmanager
def progress_bar(label: str, *, each: bool = False) -> Iterator[Progress]:
    """Show how far the block's work is; `each`: it is a series, told as `picture 3 of 20`, with a line of each.

    What is made once on a machine, kernels and tables, is named after the stage that waits for it.
    """
    if is_quiet():
        yield lambda fraction, doing: None
    elif _in_lines():
        lines = SeriesLines(label) if each else StageLines(label)
        with watched(lines), heard(lines.make):
            yield lines.tell
    else:
        with _bar(label) as show:
            last = 0.0, ""

            def tell(fraction: float, doing: str) -> None:
                nonlocal last
                last = fraction, doing
                show(fraction, doing)

            with heard(lambda making: show(last[0], _named(last[1], making))):
                yield tell


@contextlib.contextmanager
def film_bar() -> Iterator[Callable[[FilmProgress], None]]:
    """Show how far a film is, with the time left; what is made once on a machine as `progress_bar` does."""
    if is_quiet():
        yield lambda at: None
    elif _in_lines():
        from render.frame.render import stages_heard  # noqa: PLC0415 - Taichi takes a while to import

        lines = FilmLines()
        with watched(lines), heard(lines.make), stages_heard(lines.hear_stage):
            yield lines.hear
    else:
        with _film_bar() as show:
            last: FilmProgress | None = None

            def tell(at: FilmProgress) -> None:
                nonlocal last
                last = at
                show(at)

            with heard(lambda making: show(replace(last, doing=_named(last.doing, making))) if last else None):
                yield tell


def _in_lines() -> bool:
    return is_verbose() or not sys.stderr.isatty()


def _named(doing: str, making: str) -> str:
    return f"{doing}: {making}" if doing and making else doing or making


@contextlib.contextmanager
def _bar(label: str) -> Iterator[Progress]:
    from rich.console import Console  # noqa: PLC0415 - only where a bar is shown
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.fields[label]}"), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, label=label)
        yield lambda fraction, doing: bar.update(task, completed=fraction, description=doing)


@contextlib.contextmanager
def _film_bar() -> Iterator[Callable[[FilmProgress], None]]:
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
            left = "" if at.seconds_left is None else f", {duration(at.seconds_left)} left"
            bar.update(task, completed=done, total=total, description=at.doing, left=left)

        yield show
