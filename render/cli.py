"""The command line: arguments in, files and exit code out. With `render.commands` the only code that prints.

Exit codes: 0 done, 1 a failure, 2 what was given cannot be used, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).
Errors: one line on standard error. Little is imported before Ctrl-C is heard: the commands and their libraries take a
tenth of a second.
"""

from __future__ import annotations

import os
import sys
import traceback
from contextvars import copy_context
from typing import NoReturn

from render.commands.interrupt import INTERRUPTED, heard_interrupts
from render.core.errors import PolarlightError
from render.core.quiet import open_streams, silence

DEBUG_VARIABLE = "POLARLIGHT_DEBUG"


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code; `arguments` are the process's own by default."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; every error becomes one line on standard error."""
    open_streams()
    came: list[int] = []
    try:
        with heard_interrupts() as came:
            code = _run(arguments)
            sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except PolarlightError as error:
        _warn(str(error))
        return _stopped_by(came) if error.exit_code == INTERRUPTED else error.exit_code
    except Exception as error:
        return _output_failure(error) if _is_of_output(error) else _foreign(error)
    if code == INTERRUPTED:
        _warn("interrupted; nothing was left half-written")
        return _stopped_by(came)
    return code if isinstance(code, int) else 0


def _stopped_by(came: list[int]) -> int:
    """Return the exit code of a run that was stopped by the first of the signals that came."""
    return 128 + came[0] if came else INTERRUPTED


def _run(arguments: list[str] | None) -> object:
    """Run the application and return what it does: its exit code, where it has one."""
    import typer  # noqa: PLC0415

    from render.core.machine import PRODUCTS_THREADS_VARIABLE  # noqa: PLC0415

    os.environ.setdefault(PRODUCTS_THREADS_VARIABLE, "1")  # read when NumPy is imported: not yet
    from render.commands.instruments.application import app  # noqa: PLC0415

    command = typer.main.get_command(app)
    try:
        # in a context of its own: what one run is asked for, --quiet, is not asked of the next
        return copy_context().run(command.main, arguments, prog_name="polarlight", standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED


def _is_of_output(error: Exception) -> bool:
    """Say whether an error is of a standard output that takes nothing more: out of `typer.echo` or our own flush."""
    names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    return isinstance(error, OSError | ValueError) and ("echo" in names or names == ["run"])


def _output_failure(error: Exception) -> int:
    """Report that what was asked for has not arrived, and return the exit code.

    A reader that has left (head, less) needs no line.
    """
    silence(sys.stdout)
    if not isinstance(error, BrokenPipeError):
        _warn(f"cannot write to standard output: {getattr(error, 'strerror', None) or error}")
    return 1


def _foreign(error: Exception) -> int:
    """Report an error that is not polarlight's own in one line, and return its exit code.

    Newer Typer carries its own argument parser, older ones use Click: a usage error is known by its shape.
    """
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        _warn(f"{error.format_message()} (see polarlight --help)")
        return int(error.exit_code)
    if os.environ.get(DEBUG_VARIABLE):
        raise error
    if isinstance(error, MemoryError):
        _warn("out of memory; try a smaller --size")
        return 1
    kind = type(error).__name__
    _warn(f"internal error: {kind}: {error} (set {DEBUG_VARIABLE}=1 for the traceback)")
    return 1


def _warn(text: str) -> None:
    from render.commands.console import warn  # noqa: PLC0415

    warn(text)
