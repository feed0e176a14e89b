"""One line to standard error, and times and sizes as people say them."""

from __future__ import annotations

import sys

import typer

from render.core.files import printable
from render.core.quiet import silence


def warn(text: str) -> None:
    """Print one line to standard error, marked as polarlight's; where that takes nothing, no more is said there."""
    try:
        typer.echo(f"polarlight: {' '.join(printable(text).split())}", err=True)
    except (OSError, ValueError):
        silence(sys.stderr)


def duration(seconds: float) -> str:
    """Return seconds as people say them: 8.4 s, 3 min 20 s, 1 h 5 min."""
    if seconds < 60.0:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def amount(count: float) -> str:
    """Return bytes as MB or GB (powers of ten)."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
