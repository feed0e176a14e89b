"""The options of `polarlight film`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from render.commands.console import output_path
from render.core.errors import InputError
from render.core.machine import MOST_WORKERS, memory_bytes
from render.core.messages import shown

MOST_RETRIES, MOST_THREADS = 100, 1024
LEAST_MEMORY = 1e6  # bytes: less is a unit forgotten
UNITS = {"": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 2.0**10, "mib": 2.0**20, "gib": 2.0**30}
"""Of an amount of memory -> bytes."""
RENDERING = ("--claim", "--folder-wait", "--cluster", "--local-workers", "--threads", "--memory-limit")
NOT_WITH = {
    "--check": ("which renders and writes nothing", ("--output", "--sheet", "--force", "--allow-gaps", *RENDERING)),
    "--allow-gaps": ("which renders nothing", ("--shard", *RENDERING)),
    "--cluster": ("whose workers render", ("--local-workers", "--memory-limit")),
}
"""An option -> why, and which others would change nothing beside it."""

OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE.mp4|FOLDER", parser=output_path, help="A video (.mp4, .mov), or frames only."
    ),
]
FramesOption = Annotated[
    str | None,
    typer.Option("--frames", metavar="A-B[:STEP]|N", help="Only these frames, from 0, A and B included; or one."),
]
ShardOption = Annotated[
    str | None,
    typer.Option("--shard", metavar="I/N", help="Only the I-th of N shares of the frames, from 1; no video."),
]
WorkersOption = Annotated[
    str, typer.Option("--local-workers", metavar="N|auto", help="Processes that render here, as many as fit; 0: this.")
]
ClaimOption = Annotated[
    bool, typer.Option("--claim", help="Render what nobody is at, and wait for nobody: one of many machines.")
]
LeaseOption = Annotated[
    str, typer.Option("--lease", metavar="S", help="After how long a silent machine's frame is taken over, s.")
]
RetriesOption = Annotated[
    int, typer.Option("--retries", metavar="N", min=0, max=MOST_RETRIES, help="Of a frame that fails.")
]
ThreadsOption = Annotated[
    int, typer.Option("--threads", metavar="N", min=0, max=MOST_THREADS, help="Of each process; 0: all cores.")
]
MemoryOption = Annotated[
    str, typer.Option("--memory-limit", metavar="8GB", help="Memory for all frames at a time; default: the machine's.")
]
ClusterOption = Annotated[
    str,
    typer.Option("--cluster", metavar="tcp://HOST:PORT", help="A Dask cluster, whose workers render."),
]
ClusterWaitOption = Annotated[
    str, typer.Option("--cluster-wait", metavar="S", help="How long a lost cluster, or its workers, are waited for, s.")
]
FolderWaitOption = Annotated[
    str, typer.Option("--folder-wait", metavar="S", help="How long a folder that goes away is waited for, s.")
]
SyncOption = Annotated[
    bool, typer.Option("--fsync/--no-fsync", help="Whether a frame counts as done only when it is on the disk.")
]
ForceOption = Annotated[
    bool,
    typer.Option(
        "--force",
        help="Render frames of another state of the scene anew; a part may replace the whole's video.",
    ),
]
GapsOption = Annotated[
    bool,
    typer.Option("--allow-gaps", help="Render nothing; join what is there, others held in the gaps."),
]
SheetOption = Annotated[str, typer.Option("--sheet", metavar="FILE.png", help="Also a contact sheet.")]


def refuse_idle(given: Mapping[str, object]) -> None:
    """Raise InputError for an option that would change nothing beside another; `given`: option -> whether it is."""
    for option, (why, others) in NOT_WITH.items():
        for other in others if given[option] else ():
            if given[other]:
                raise InputError(f"{other}: not with {option}, {why}; leave one out")
    if given["--json"] and not given["--check"]:
        raise InputError("--json: of --check only; leave it out, or add --check FOLDER")
    if given["--cluster-wait"] and not given["--cluster"]:
        raise InputError("--cluster-wait: of --cluster only; leave it out, or add --cluster tcp://HOST:PORT")


def parse_workers(text: str) -> int | None:
    """Read how many processes render; None for as many as fit. Raises InputError."""
    if text == "auto":
        return None
    if not re.fullmatch("[0-9]+", text) or int(text[:9]) > MOST_WORKERS:
        raise InputError(f"--local-workers {shown(text)}: allowed: auto, or 0 to {MOST_WORKERS}")
    return int(text)


def parse_memory(text: str) -> float:
    """Read an amount of memory, bytes; empty for what the machine gives. Raises InputError."""
    if not text:
        return memory_bytes()
    found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,9})?) ?([KMGT]i?B)?", text, re.IGNORECASE)
    amount = float(found[1]) * UNITS[(found[2] or "").lower()] if found and (found[2] or "").lower() in UNITS else 0.0
    if amount < LEAST_MEMORY:
        what = "no amount of memory" if amount <= 0.0 else f"{amount:g} bytes, less than any frame takes"
        raise InputError(f"--memory-limit {shown(text)}: {what}; write e.g. 8GB, 512MiB or bytes")
    return min(amount, memory_bytes())
