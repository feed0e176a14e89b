"""Writers with the errors that the harness is there to find: `python -m tests.faults.bad_writers NAME WORDS`.

Prints what is wrong with a writer, up to the first line that has the words.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from render.core.errors import DiskError
from render.core.files import whole_file
from tests.faults.harness import Bench, Output, Tally
from tests.faults.outputs import called

CONTENT = b"0123456789" * 2000


def naive() -> None:
    """Write under the final name."""
    try:
        with open("a.bin", "wb") as file:
            file.write(CONTENT)
    except OSError as error:
        raise DiskError(f"cannot write a.bin: {error.strerror}") from error


def unsynced() -> None:
    """Trust that what is renamed is on the disk."""
    with whole_file("a.bin", durable=False) as part:
        part.write_bytes(CONTENT)


def littering() -> None:
    """Leave the part where it cannot be finished."""
    part = Path("a.part")
    try:
        part.write_bytes(CONTENT)
        os.replace(part, "a.bin")
    except OSError as error:
        raise DiskError(f"cannot write a.bin: {error.strerror}") from error


def removing() -> None:
    """Make room by removing what was there."""
    Path("a.bin").unlink(missing_ok=True)
    with whole_file("a.bin") as part:
        part.write_bytes(CONTENT)


def silent() -> None:
    """Take no notice."""
    try:
        with whole_file("a.bin") as part:
            part.write_bytes(CONTENT)
    except DiskError:
        pass


def wordless() -> None:
    """Let whoever calls find words."""
    part = Path("a.part")
    try:
        part.write_bytes(CONTENT)
        os.replace(part, "a.bin")
    finally:
        part.unlink(missing_ok=True)


def forgetful() -> None:
    """Make what is there already."""
    for index in range(2):
        with whole_file(f"p_{index}.bin") as part:
            part.write_bytes(CONTENT)


def main(name: str, words: str) -> None:
    """Try a writer with one fault after another, and print what is wrong with it."""
    tally, over = Tally(), () if name == "forgetful" else ("a.bin",)
    with tempfile.TemporaryDirectory() as folder:
        output = Output(name, called(globals()[name]), over=over, parts=("p_",))
        bench = Bench(output, Path(folder))
        for fault in bench.faults():
            bench.try_all([fault], tally)
            if any(words in line for line in tally.wrong):
                break
    print("\n".join(tally.wrong))


if __name__ == "__main__":
    main(*sys.argv[1:])
