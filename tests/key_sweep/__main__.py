"""`python -m tests.key_sweep [PATTERN]`: every key of the schema, and what its change changes by how much."""

from __future__ import annotations

import sys
import tempfile
import time
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from render.scene import scene_schema
from tests.key_sweep import files
from tests.key_sweep.keys import keys_of
from tests.key_sweep.light import Outcome, Sweep, refusal
from tests.key_sweep.rules import trials_of
from tests.small import lay_sky_coarsely, scatter_coarsely


def main(pattern: str = "*") -> None:
    """Print a line per key and value: what changed, and by how much of its largest value."""
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        files.make(folder)
        lay_sky_coarsely(patch)
        scatter_coarsely(patch)
        sweep = Sweep(folder)
        for key in keys_of(scene_schema()):
            if not fnmatchcase(key.path, pattern):
                continue
            for trial in trials_of(key, folder):
                started = time.process_time()
                found = refusal(sweep, trial)
                words = (
                    f"{found.what or 'NOTHING'} {found.by:.2g}" if isinstance(found, Outcome) else f"REFUSED {found}"
                )
                took = time.process_time() - started
                print(f"{key.path:45} {str(trial.value)[:30]:30} {took:5.2f} s  {words}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
