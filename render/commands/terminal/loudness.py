"""How much is said beside what was asked for: the options --quiet and --verbose of every command.

--quiet leaves out how far work is and what was written; warnings, errors and answers are said all the same.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Annotated

import typer

from render.core.errors import InputError

_asked: ContextVar[str] = ContextVar("asked", default="")  # quiet, verbose, or neither; cli gives each run its own


def is_quiet() -> bool:
    """Say whether progress and what was written are left out."""
    return _asked.get() == "quiet"


def is_verbose() -> bool:
    """Say whether devices, folders and times of stages are told."""
    return _asked.get() == "verbose"


def _ask(context: typer.Context, wanted: str) -> None:
    """Note what is asked for. Raises InputError where the other was asked for, before the command's name or after."""
    if context.resilient_parsing:  # a shell that completes
        return
    if _asked.get() not in ("", wanted):
        raise InputError("--quiet and --verbose contradict each other; give one of them")
    _asked.set(wanted)


def _hear_quiet(context: typer.Context, value: bool) -> None:
    if value:
        _ask(context, "quiet")


def _hear_verbose(context: typer.Context, value: bool) -> None:
    if value:
        _ask(context, "verbose")


QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", callback=_hear_quiet, expose_value=False, help="Only warnings, errors and what is asked for."
    ),
]
VerboseOption = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", callback=_hear_verbose, expose_value=False, help="Also device, stages' times and memory."
    ),
]
