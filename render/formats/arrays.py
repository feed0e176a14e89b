"""NumPy arrays by name, as .npz files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np

from render.core.files import whole_file


def write_npz(path: str | Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays, compressed, each under its name. Raises OutputError where the file cannot be written."""
    with whole_file(path) as part:
        np.savez_compressed(part, **arrays)


def write_npz_series(
    path: str | Path, arrays: Mapping[str, Any], count: int, series: Callable[[], Iterable[Mapping[str, np.ndarray]]]
) -> None:
    """Write arrays as `write_npz`, and of each that a series' `count` members have, one array [member, ...].

    A file holds one array after another: the series is gone through once for each, and never held as a whole.
    """
    with whole_file(path) as part:
        np.savez_compressed(part, **arrays)
        with ZipFile(part, "a", ZIP_DEFLATED) as file:
            for name, first in next(iter(series())).items():
                header = {"descr": np.asarray(first).dtype.str, "fortran_order": False,
                          "shape": (count, *np.shape(first))}  # fmt: skip
                with file.open(f"{name}.npy", "w", force_zip64=True) as stream:
                    np.lib.format.write_array_header_1_0(stream, header)
                    for member in series():
                        stream.write(np.ascontiguousarray(member[name]).tobytes())
