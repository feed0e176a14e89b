"""The light of one pixel, wavelength by wavelength, in photons: lines by exact bins, continuum as it is carried."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.core.lines import photon_spectrum
from render.core.radiance import LineRadiance, SkyRadiance
from render.core.units import RAYLEIGH, photon_energy_j

EDGES_NM = np.linspace(300.0, 900.0, 1201)
"""Edges of the bins, nm: from the near ultraviolet to where silicon grows blind, half a nm each."""
FAR_NM = 1e7  # nm, beyond any line


@dataclass(frozen=True, eq=False)
class PixelSpectrum:
    """The spectrum of one pixel.

    `edges_nm` [bin + 1]. `lines_r_nm` and `continuum_r_nm` [bin]: R per nm, means over the bin; the continuum is NaN
    outside the wavelengths at which it is carried. `brightness`: rayleighs by line, all wavelengths. `below_r`,
    `above_r`: photons of the lines outside the edges, R, so that sum(lines_r_nm * width) + below_r + above_r is the
    sum of `brightness`. Trap: a rayleigh counts photons, not energy.
    """

    edges_nm: np.ndarray
    lines_r_nm: np.ndarray
    continuum_r_nm: np.ndarray
    brightness: dict[str, float]
    below_r: float
    above_r: float

    @property
    def centres_nm(self) -> np.ndarray:
        """Return the middle of each bin, nm."""
        return 0.5 * (self.edges_nm[1:] + self.edges_nm[:-1])

    @property
    def inside_r(self) -> float:
        """Return the photons of the lines between the edges, R."""
        return float(np.sum(self.lines_r_nm * np.diff(self.edges_nm)))

    @property
    def continuum_r(self) -> float:
        """Return the photons of the continuum where it is carried, R."""
        return float(np.nansum(self.continuum_r_nm * np.diff(self.edges_nm)))


def pixel_spectrum(
    lines: LineRadiance, sky: SkyRadiance, row: int, column: int, edges_nm: np.ndarray = EDGES_NM
) -> PixelSpectrum:
    """Return the spectrum of one pixel; `row` and `column` are array indices, from 0. Raises ValueError outside.

    `edges_nm` [bin + 1], rising.
    """
    rows, columns = sky.radiance.shape[1:]
    if not (0 <= row < rows and 0 <= column < columns):
        raise ValueError(f"row {row}, column {column} is outside the picture of {rows} rows, {columns} columns")
    edges = np.asarray(edges_nm, float)
    brightness = {key: float(r) for key, r in zip(lines.keys, lines.rayleighs[:, row, column], strict=True)}
    lit = {key: photons for key, photons in brightness.items() if photons != 0.0}
    every = photon_spectrum(lit, np.concatenate([[-FAR_NM], edges, [FAR_NM]]))
    continuum = continuum_r_nm(sky.wavelengths_nm, sky.radiance[:, row, column], edges)
    return PixelSpectrum(edges, every[1:-1] / np.diff(edges), continuum, brightness, float(every[0]), float(every[-1]))


def continuum_r_nm(wavelengths_nm: np.ndarray, radiance: np.ndarray, edges_nm: np.ndarray) -> np.ndarray:
    """Return R per nm [bin] of a radiance [band], W m-2 sr-1 nm-1, linear between its wavelengths; NaN outside them.

    Photons m-2 s-1 sr-1 nm-1 are radiance over the energy of a photon; 1 R = 1e10/4pi of them.
    """
    centre = 0.5 * (edges_nm[1:] + edges_nm[:-1])
    photon_j = np.array([photon_energy_j(nm) for nm in centre])
    between = np.interp(centre, wavelengths_nm, np.asarray(radiance, float), left=np.nan, right=np.nan)
    return np.asarray(between / photon_j / RAYLEIGH)
