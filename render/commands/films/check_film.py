"""`polarlight film --check`: a folder of frames looked through, and told of in words or as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from render.commands.console import output_path, say
from render.commands.progress import progress_bar
from render.core.files import recordable

if TYPE_CHECKING:
    from render.films.audit import Audit
    from render.films.plan import FilmPlan

NOT_WHOLE = 1  # exit code
MOST_LINES = 20  # of the same fault: a machine gets all by --json

CheckOption = Annotated[
    Path | None,
    typer.Option(
        "--check",
        metavar="FOLDER",
        parser=output_path,
        help="Render nothing; say whether all frames are there.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="What --check finds, as JSON.")]


def check_film(plan: FilmPlan, as_json: bool) -> None:
    """Look a film's folder through and say what is found; leave with exit code 1 where it is not whole."""
    from render.films.audit import audit  # noqa: PLC0415

    with progress_bar("check") as tell:
        found = audit(plan, lambda done: tell(done / len(plan.wanted), f"frame {done} of {len(plan.wanted)}"))
    if as_json:
        say(json.dumps(_as_record(found), indent=2))
    else:
        _say(found)
    if not found.is_whole:
        raise typer.Exit(NOT_WHOLE)


def _ranges(found: Audit) -> list[str]:
    from render.films.folder import in_ranges  # noqa: PLC0415

    return in_ranges(found.missing, found.plan.wanted)


def _as_record(found: Audit) -> dict[str, Any]:
    """Return what was found as a record for machines."""
    plan = found.plan
    return {
        "folder": recordable(plan.folder), "scene": plan.scene.name, "size": list(plan.size),
        "frames": len(plan.wanted), "whole": found.whole, "is_whole": found.is_whole, "missing": _ranges(found),
        "foreign": found.foreign, "damaged": found.damaged, "duplicate": found.duplicate, "parts": found.parts,
        "leases": found.leases, "failures": {str(index): whys for index, whys in found.failures.items()},
    }  # fmt: skip


def _say(found: Audit) -> None:
    """Say what was found, a line each."""
    plan = found.plan
    film = f"{plan.scene.name}, {plan.size[0]}x{plan.size[1]}"
    counted = f"{len(plan.wanted)} frames of {film}: "
    say(f"{plan.folder}: {counted}{'all are whole' if found.is_whole else f'{found.whole} are whole'}")
    if found.missing:
        ranges = _ranges(found)
        more = f" and {len(ranges) - MOST_LINES} more ranges; --json tells all" if len(ranges) > MOST_LINES else ""
        say(f"missing: {', '.join(ranges[:MOST_LINES])}{more}")
    failed = {f"frame {index}": f"{len(whys)} times, last: {whys[-1]}" for index, whys in found.failures.items()}
    kinds = {
        "foreign": found.foreign, "damaged": found.damaged, "duplicate": found.duplicate,
        "half-written": found.parts, "lease": found.leases, "failed": failed,
    }  # fmt: skip
    for kind, files in kinds.items():
        for name, what in list(files.items())[:MOST_LINES]:
            say(f"{kind}: {name}: {what}")
        if len(files) > MOST_LINES:
            say(f"{kind}: and {len(files) - MOST_LINES} more; --json tells all")
