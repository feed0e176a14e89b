"""NumPy arrays by name, as .npz files; and the file beneath those of HDF5."""

from __future__ import annotations

import io
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


class LastingFile(io.FileIO):
    """A file for libraries that cannot bear that one fails: what the disk refuses is dropped, and raised at the end.

    HDF5 ends the process where its last writes fail. `failure` is the first error; the end of a `with` block raises it,
    also in the place of what the library makes of it.
    """

    def __init__(self, path: str | Path, mode: str) -> None:
        super().__init__(path, mode)
        self.failure: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write all of the data, or note the failure."""
        left = memoryview(data).cast("B")
        size = len(left)
        while len(left) and self.failure is None:
            try:
                left = left[super().write(left) or 0 :]
            except OSError as error:
                self.failure = error
        return size

    def truncate(self, size: int | None = None, /) -> int:
        """Set the file's length, or note the failure."""
        try:
            return super().truncate(size)
        except OSError as error:
            self.failure = self.failure or error
            return self.tell() if size is None else size

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: Any) -> None:
        super().__exit__(kind, error, traceback)
        if self.failure is not None and (error is None or isinstance(error, Exception)):
            raise self.failure
