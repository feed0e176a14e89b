"""Standard output and error that are closed, full or left by their reader: no traceback, and the right exit code."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a shell, and a device that is full")

FULL = "polarlight: cannot write to standard output: No space left on device\n"
REFUSED = "polarlight: "


@pytest.mark.parametrize(
    ("arguments", "streams", "code", "told"),
    [
        ("scenes", ">&-", 0, ""),  # nobody listens
        ("scenes", ">/dev/full", 1, FULL),
        ("--help", ">/dev/full", 1, FULL),
        ("schema", ">/dev/full", 1, FULL),
        ("schema", ">/dev/full 2>/dev/full", 1, ""),
        ("schema", "| true", 1, ""),
        ("scenes", "2>&-", 0, ""),
        ("scenes", "<&- 2>/dev/full", 0, ""),
        ("render nosuch", ">&-", 2, REFUSED),
        ("render nosuch", "2>&-", 2, ""),
        ("render nosuch", "2>/dev/full", 2, ""),
        ("render nosuch", "<&- >&- 2>&-", 2, ""),
        ("about --bogus", "2>/dev/full", 2, ""),
    ],
)
def test_streams_that_take_nothing(arguments: str, streams: str, code: int, told: str) -> None:
    command = f"set -o pipefail; {sys.executable} -m render {arguments} {streams}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith(told) if told == REFUSED else done.stderr == told


def test_a_file_does_not_get_the_number_of_a_closed_stream(tmp_path: object) -> None:
    script = (
        "from render.core.quiet import open_streams; import os; open_streams(); print(os.open('/', os.O_RDONLY) > 2)"
    )
    command = f'{sys.executable} -c "{script}" <&- 2>&-'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout == "True\n"
