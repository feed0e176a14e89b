"""NumPy arrays by name, as .npz files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from render.core.files import whole_file


def write_npz(path: str | Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays, compressed, each under its name. Raises OutputError where the file cannot be written."""
    with whole_file(path) as part:
        np.savez_compressed(part, **arrays)
