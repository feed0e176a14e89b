"""Pools of texels on the device, which tiles are drawn into and the march reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from render import device as devices
from render.integrator.aurora import tiles as tiling
from shaders.footprint import tiles as shader


@dataclass(frozen=True, eq=False)
class Pool:
    """The texels of tiles: `values` [texel, value] as `shaders.aurora.emission` lays them out, `thin` [texel, 1] the
    thin arcs' part of the flux, mW m-2; both on the device."""

    values: Any
    thin: Any

    @classmethod
    def dark(cls, texels: int, columns: int) -> Pool:
        """Return so many texels of so many values, all zero."""
        pool = cls(devices.empty((texels, columns)), devices.empty((texels, 1)))
        pool.values.fill(0.0)
        pool.thin.fill(0.0)
        return pool

    def fill_rims(self, tiles: tiling.Tiles) -> None:
        """Copy to all tiles of the pool what their neighbours hold of their rims (`Tiles.beside`)."""
        if tiles.beside is not None:
            rows, listed, beside = tiles.device_rows(), tiles.device_tiles(), tiles.beside
            shader.fill_rims(*(devices.upload(each) for each in (rows, listed, beside)), self.values, self.thin)

    def thin_flux(self) -> np.ndarray:
        """Return [texel]: the thin arcs' part of the flux, mW m-2, on the host."""
        flux: np.ndarray = self.thin.to_numpy()[:, 0]
        return flux

    def packed(self, values: int) -> Any:
        """Return the values as the march reads them: vectors [texel] of so many."""
        vectors = devices.empty((self.values.shape[0], values), vectors=True)
        shader.pack_texels(self.values, vectors)
        return vectors
