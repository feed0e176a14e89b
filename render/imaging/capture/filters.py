"""A user's own channels: what share of the photons of each wavelength becomes electrons, from a CSV file."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from render.core.cache import file_digest
from render.core.errors import InputError
from render.core.messages import cut
from render.core.number_table import MAX_BYTES, read_number_table

WAVELENGTH = "wavelength_nm"
PICTURED = (1, 3)


@dataclass(frozen=True, eq=False)
class Filters:
    """Channels by name; `efficiency` [channel, wavelength], electrons per photon, at `wavelength_nm`."""

    names: tuple[str, ...]
    wavelength_nm: np.ndarray
    efficiency: np.ndarray


def is_filters(response: str) -> bool:
    """Return whether a response is a file of channels and no preset."""
    return response.lower().endswith(".csv")


def read_filters(path: str) -> Filters:
    """Return a file's channels: columns `wavelength_nm`, rising, and one or more of any name, 0 to 1.

    Between rows it is linear, outside of them 0. Raises InputError, one line, for any other file.
    """
    return _read(path, file_digest(path, MAX_BYTES))


@functools.lru_cache(maxsize=8)
def _read(path: str, _digest: str) -> Filters:
    table = read_number_table(path, (WAVELENGTH,), others=True)
    names = tuple(name for name in table.columns if name != WAVELENGTH)
    if not names:
        raise InputError(f"{path}: no channels; beside {WAVELENGTH} give a column for each, such as 557.7")
    if "" in names:
        raise InputError(f"{path}: a channel without a name in the first row")
    table.require_rising(WAVELENGTH)
    for name in names:
        outside = np.flatnonzero((table.columns[name] < 0.0) | (table.columns[name] > 1.0))
        if len(outside):
            raise table.refuse(name, int(outside[0]), "is no share; allowed: 0 to 1, electrons per photon")
        if not table.columns[name].any():
            raise InputError(f"{path}: {cut(name)}: 0 at all wavelengths; this channel sees nothing")
    efficiency = np.stack([table.columns[name] for name in names])
    return Filters(names, table.columns[WAVELENGTH], efficiency)


def require_picture(response: str) -> None:
    """Raise InputError for channels that make no picture: one is grey, three are red, green and blue."""
    count = len(channel_names(response))
    if is_filters(response) and count not in PICTURED:
        raise InputError(f"{response}: {count} channels make no picture; 1 or 3 do. Counts of any number go into .nc")


def channel_names(response: str) -> tuple[str, ...]:
    """Return the names of a response's channels."""
    if is_filters(response):
        return read_filters(response).names
    return {"ideal_cie": ("X", "Y", "Z"), "eye": ("X", "Y", "Z", "scotopic")}.get(response, ("R", "G", "B"))
