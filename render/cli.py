"""The command line: arguments in, files and exit code out. With `render.commands` the only code that prints.

Exit codes: 0 done, 1 a failure, 2 what was given cannot be used, 130 interrupted. Errors: one line on standard error.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

import typer

import render
from render.commands import catalogue, emission, facts, limb, oval, pictures, spectrum
from render.commands import map as aurora_map
from render.commands.console import say, warn
from render.errors import PolarlightError

INTERRUPTED = 130  # 128 + SIGINT, as shells count
DEBUG_VARIABLE = "POLARLIGHT_DEBUG"

app = typer.Typer(
    name="polarlight",
    help="Render the aurora as seen from orbit: spectral, in rayleighs, from the solar wind to the photograph.",
    epilog="Start with: polarlight render angels_singing",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        say(f"polarlight {render.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        say(context.get_help())


for _command in (
    pictures.render,
    pictures.film,
    pictures.develop,
    spectrum.spectrum,
    emission.emission,
    limb.limb,
    oval.oval,
    aurora_map.map,
    facts.check,
    facts.where,
    catalogue.scenes,
    catalogue.schema,
    catalogue.devices,
    catalogue.about,
):
    app.command()(_command)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code; `arguments` are the process's own by default."""
    sys.exit(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; every error becomes one line on standard error."""
    try:
        code = typer.main.get_command(app).main(arguments, prog_name="polarlight", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has left: nothing more can be said, nor at the interpreter's own last flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except PolarlightError as error:
        warn(str(error))
        return error.exit_code
    except Exception as error:
        return _foreign(error)
    if code == INTERRUPTED:
        warn("interrupted; nothing was left half-written")
    return code if isinstance(code, int) else 0


def _foreign(error: Exception) -> int:
    """Report an error that is not polarlight's own in one line, and return its exit code.

    Newer Typer carries its own argument parser, older ones use Click: a usage error is known by its shape.
    """
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        warn(f"{error.format_message()} (see polarlight --help)")
        return int(error.exit_code)
    if os.environ.get(DEBUG_VARIABLE):
        raise error
    if isinstance(error, MemoryError):
        warn("out of memory; try a smaller --size")
        return 1
    kind = type(error).__name__
    warn(f"internal error: {kind}: {error} (set {DEBUG_VARIABLE}=1 for the traceback)")
    return 1
