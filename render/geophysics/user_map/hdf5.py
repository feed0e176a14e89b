"""Whether HDF5 comes to an end with a file: of a damaged one its library can loop for ever, or crash."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from render.core.errors import InputError

# s of the clock; names and attributes of any file take less than one, and so does starting Python
PATIENCE_S = 20.0
TRIED = """\
import contextlib, sys, h5py
with h5py.File(sys.argv[1], "r") as file:
    for thing in (file, *(file[name] for name in file)):
        for name in thing.attrs:
            with contextlib.suppress(Exception):
                thing.attrs[name]
        for dimension in getattr(thing, "dims", ()):
            with contextlib.suppress(Exception):
                len(dimension)
"""
"""What is tried in another process: names and attributes, where lengths that lie lead it astray."""


def require_sane(path: Path) -> None:
    """Raise InputError for a file with which HDF5 crashes, or does not come to an end.

    Any other fault is left to who reads it.
    """
    # -P: what lies in the working folder is no library
    command = [sys.executable, "-P", "-c", TRIED, str(path)]
    try:
        code = subprocess.run(command, timeout=PATIENCE_S, capture_output=True, check=False).returncode
    except subprocess.TimeoutExpired:
        raise InputError(f"{path}: damaged: HDF5 does not come to an end with it") from None
    except OSError:
        return  # no Python to be started, as inside another program
    if code < 0:
        raise InputError(f"{path}: damaged: HDF5 crashes on it")
