"""Read classic NetCDF files: versions 1, 2 (64-bit offsets) and 5 (64-bit data), which HDF5 does not know.

Source: "NetCDF Classic Format Specifications", appendix B of the NetCDF User's Guide (Unidata).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

VERSIONS = (1, 2, 5)
ATTRIBUTES, DIMENSIONS, VARIABLES = 0x0C, 0x0A, 0x0B  # tags of the header's lists; 0: a list of nothing
TYPES = {
    1: "i1", 2: "S1", 3: ">i2", 4: ">i4", 5: ">f4", 6: ">f8", 7: "u1", 8: ">u2", 9: ">u4", 10: ">i8", 11: ">u8",
}  # fmt: skip
"""Number of an external type -> NumPy's name."""


class ClassicVariable(NamedTuple):
    """One variable of a file: its dimensions, shape, attributes, type, and where its data begin, bytes."""

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    attributes: dict[str, Any]
    dtype: np.dtype[Any]
    begin: int
    of_records: bool


@dataclass(frozen=True)
class ClassicFile:
    """What a file's header says. `record_bytes`: from one record to the next."""

    path: Path
    variables: dict[str, ClassicVariable]
    attributes: dict[str, Any]
    record_bytes: int

    def values(self, name: str) -> np.ndarray:
        """Return a variable's numbers, in the machine's own byte order. Raises ValueError for a file cut short."""
        one = self.variables[name]
        with self.path.open("rb") as file:
            if not one.of_records:
                return _array(file, one.begin, one.dtype, one.shape)
            records = [
                _array(file, one.begin + k * self.record_bytes, one.dtype, one.shape[1:]) for k in range(one.shape[0])
            ]
        return np.stack(records) if records else np.zeros(one.shape, one.dtype.newbyteorder("="))


def read_classic(path: Path) -> ClassicFile:
    """Read the header of a classic file. Raises ValueError for one that is damaged."""
    with path.open("rb") as file:
        version = file.read(4)[3]
        if version not in VERSIONS:
            raise ValueError(f"classic NetCDF of version {version}; known: 1, 2 and 5")
        header = _Header(file, path.stat().st_size, wide=version == 5)
        records = header.count()
        names = header.items(DIMENSIONS, lambda: (header.name(), header.count()))
        lengths = [(name, length) for name, length in names]
        attributes = dict(header.items(ATTRIBUTES, header.attribute))
        found = header.items(VARIABLES, lambda: header.variable(lengths, offset_bytes=4 if version == 1 else 8))
    sizes = [math.prod(v.shape[1:]) * v.dtype.itemsize for _, v in found if v.of_records]
    record = sizes[0] if len(sizes) == 1 else sum(_padded(size) for size in sizes)  # one alone is not padded
    if records in (2**32 - 1, 2**64 - 1):  # written as a stream: as many as there are
        first = min((v.begin for _, v in found if v.of_records), default=0)
        records = (path.stat().st_size - first) // record if record else 0
    whole = {name: v._replace(shape=(records, *v.shape[1:])) if v.of_records else v for name, v in found}
    return ClassicFile(path, whole, attributes, record)


class _Header:
    """The header's parts, read one after the other. Raises ValueError where the file ends before."""

    def __init__(self, file: BinaryIO, size: int, *, wide: bool) -> None:
        self.file, self.size, self.count_bytes = file, size, 8 if wide else 4

    def number(self, size: int) -> int:
        return int.from_bytes(self.taken(size), "big")

    def count(self) -> int:
        return self.number(self.count_bytes)

    def taken(self, count: int) -> bytes:
        content = self.file.read(count) if count <= self.size else b""
        if len(content) != count:
            raise ValueError("the file ends within its header")
        return content

    def padded(self, count: int) -> bytes:
        return self.taken(_padded(count))[:count]

    def name(self) -> str:
        return self.padded(self.count()).decode("utf-8")

    def items(self, tag: int, one: Callable[[], Any]) -> list[Any]:
        """Return a list's items, each read by `one`."""
        found, count = self.number(4), self.count()
        if found not in (tag, 0) or (found == 0 and count):
            raise ValueError(f"tag {found} in the header; expected {tag}")
        return [one() for _ in range(count)]

    def attribute(self) -> tuple[str, Any]:
        name, dtype = self.name(), np.dtype(TYPES[self.number(4)])
        raw = self.padded(self.count() * dtype.itemsize)
        if dtype.kind == "S":
            return name, raw.decode("utf-8", errors="replace").rstrip("\0")
        values = np.frombuffer(raw, dtype).astype(dtype.newbyteorder("="))
        return name, values[0] if len(values) == 1 else values

    def variable(self, lengths: list[tuple[str, int]], offset_bytes: int) -> tuple[str, ClassicVariable]:
        name = self.name()
        numbers = [self.count() for _ in range(self.count())]
        if any(number >= len(lengths) for number in numbers):
            raise ValueError("a variable of a dimension that there is not")
        dims = [lengths[number] for number in numbers]
        attributes = dict(self.items(ATTRIBUTES, self.attribute))
        dtype = np.dtype(TYPES[self.number(4)])
        self.count()  # size in bytes, which is wrong for large ones and follows from the shape
        begin = self.number(offset_bytes)
        shape = tuple(length for _, length in dims)
        of_records = bool(shape) and shape[0] == 0
        return name, ClassicVariable(tuple(dim for dim, _ in dims), shape, attributes, dtype, begin, of_records)


def _padded(size: int) -> int:
    return -(-size // 4) * 4


def _array(file: BinaryIO, begin: int, dtype: np.dtype[Any], shape: tuple[int, ...]) -> np.ndarray:
    file.seek(begin)
    size = math.prod(shape) * dtype.itemsize
    raw = file.read(size)
    if len(raw) != size:
        raise ValueError("the file ends within its data")
    return np.frombuffer(raw, dtype).reshape(shape).astype(dtype.newbyteorder("="))
