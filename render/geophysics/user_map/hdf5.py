"""Whether HDF5 comes to an end with a file: of a damaged one its library can loop for ever, or crash."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from render.core.errors import InputError

PATIENCE_S = 120.0  # of the clock, where CPU time cannot be limited, or the machine is busy
TRIED = """\
import contextlib, sys
with contextlib.suppress(ImportError):
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (5, 6))  # s; Python's start and any sound file take half a second
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import h5py
with h5py.File(sys.argv[1], "r") as file:
    for thing in (file, *(file[name] for name in file)):
        for name in thing.attrs:
            with contextlib.suppress(Exception):
                thing.attrs[name]
        for dimension in getattr(thing, "dims", ()):
            with contextlib.suppress(Exception):
                len(dimension)
"""
"""What is tried in another process: names and attributes, where lengths that lie lead the library astray."""


def require_sane(path: Path) -> None:
    """Raise InputError for a file with which HDF5 crashes, or does not come to an end.

    Any other fault is left to who reads it.
    """
    # -P: what lies in the working folder is no library
    command = [sys.executable, "-P", "-c", TRIED, str(path)]
    try:
        code = subprocess.run(command, timeout=PATIENCE_S, capture_output=True, check=False).returncode
    except subprocess.TimeoutExpired:
        code = -1
    except OSError:
        return  # no Python to be started, as inside another program
    if code < 0:
        raise InputError(f"{path}: damaged: HDF5 does not come to an end with it, or crashes")
