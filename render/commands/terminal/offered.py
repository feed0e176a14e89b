"""A command as the terminal offers it: with the options that every command has, and its words completed."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

from render.commands.terminal.completion import with_words
from render.commands.terminal.loudness import QuietOption, VerboseOption


def offered(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with --quiet and --verbose among its options, which it is not given, and with what completes."""
    signature = inspect.signature(command, eval_str=True)
    own = [with_words(command.__name__, parameter) for parameter in signature.parameters.values()]
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
        for name, kind in (("quiet", QuietOption), ("verbose", VerboseOption))
    ]

    @functools.wraps(command)
    def run(**given: object) -> None:
        command(**{name: value for name, value in given.items() if name in signature.parameters})

    run.__signature__ = signature.replace(parameters=[*own, *more])  # type: ignore[attr-defined]
    return run
