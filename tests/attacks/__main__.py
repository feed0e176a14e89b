"""Attack the readers: `python -m tests.attacks --seconds 600 --seed 7 drive map`. Prints how the cases of each ended.

Exit code 1 where something was found. Findings that are small are kept in the corpus with --save, for the regression
test, which is the same as `python -m tests.attacks --corpus`.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import render.cli
from tests.attacks.broken import BROKEN
from tests.attacks.command_line import COMMAND_LINE
from tests.attacks.readers import READERS
from tests.attacks.runner import LIMIT_S, Case, Counts, cases_of, run

CORPUS = Path(__file__).with_name("corpus")
MOST_KEPT = 100_000  # bytes of a finding that is kept
ALL = {**READERS, "command": COMMAND_LINE}
# Imported before the children are forked, so that neither the time nor the memory of the first case is theirs
LIBRARIES = (
    "h5netcdf", "h5py", "imageio.v3", "numpy", "OpenEXR", "PIL.Image", "pydantic", "skyfield.api", "tests", "trimesh",
    "xarray", "render.commands.instruments.application", "render.scene", "render.formats.taken",
)  # fmt: skip


def kept(name: str) -> Iterator[Case]:
    """Give the corpus of a reader."""
    for path in sorted((CORPUS / name).glob("*")):
        yield Case(f"kept {path.name}", path.name, path.read_bytes())


def save(name: str, case: Case) -> None:
    """Keep a finding in the corpus."""
    if len(case.content) <= MOST_KEPT:
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(case.content).hexdigest()[:10]
        (folder / f"{digest}_{case.name}").write_bytes(case.content)


def kind_of(wrong: str) -> str:
    """Return what findings of one kind share: where an error was raised, or what a message lacks."""
    error, at, place = wrong.partition(" at ")
    return error.partition(":")[0] + place if at else re.sub(r"\d+|'.'|'\\\\.*?'|of \S+", "", wrong.partition(": ")[0])


def told(name: str, counts: Counts) -> str:
    """Return one reader's counts as a line."""
    return (
        f"{name:<11} {counts.cases:>7} cases, {counts.taken:>6} taken, {counts.clean:>6} refused, "
        f"{len(counts.findings):>4} other, {counts.hangs:>3} hangs; longest {counts.longest_s:.2f} s, "
        f"largest {counts.memory / 1e6:.0f} MB"
    )


def main() -> int:
    """Run the readers that are named, or all, and return 1 where something was found."""
    parser = argparse.ArgumentParser("python -m tests.attacks", description=__doc__)
    parser.add_argument("readers", nargs="*", metavar="reader", help=", ".join(ALL))
    parser.add_argument("--seconds", type=float, default=1e9, help="of all readers together, shared evenly")
    parser.add_argument("--cases", type=int, default=sys.maxsize, help="of each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit-s", type=float, default=LIMIT_S, help="CPU seconds of one case")
    parser.add_argument("--corpus", action="store_true", help="only the findings of before")
    parser.add_argument("--save", action="store_true", help="keep findings in the corpus")
    given = parser.parse_args()
    known = {**ALL, **BROKEN}
    names = given.readers or list(ALL)
    if unknown := set(names) - known.keys():
        parser.error(f"no reader {min(unknown)!r}; allowed: {', '.join(ALL)}")
    if given.seconds == 1e9 and given.cases == sys.maxsize and not given.corpus:
        given.cases = 200
    for library in LIBRARIES:
        importlib.import_module(library)
    assert render.cli
    found = 0
    for left, name in zip(range(len(names), 0, -1), names, strict=True):
        began = time.monotonic()
        share = given.seconds / left
        cases = kept(name) if given.corpus else cases_of(name, known[name], given.seed)
        counts = run(known[name], cases, began + share, given.limit_s, given.cases)
        given.seconds -= time.monotonic() - began
        print(told(name, counts), flush=True)
        alike: dict[str, list[tuple[Case, str]]] = {}
        for case, wrong in counts.findings:
            alike.setdefault(kind_of(wrong), []).append((case, wrong))
        for findings in alike.values():
            case, wrong = min(findings, key=lambda one: len(one[0].content))
            print(f"  {len(findings)} x {case.label}: {wrong}")
            if given.save:
                save(name, case)
        found += len(counts.findings)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
