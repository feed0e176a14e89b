"""What a real filter lets through: Gaussian passbands, in the rayleighs that an instrument's calibration reports.

An instrument is calibrated for a line in the middle of its filter. It reads

    R = sum over lines of R_line t(line) + integral of B(w) T(w) dw,    T(w) = 2^-(2 (w - middle)/FWHM)^2

t being the mean of T over the line's own shape (a band is nanometres wide), and B the continuum, R/nm. An even
continuum of B gives B x FWHM x sqrt(pi/(4 ln 2)) = 1.0645 B FWHM.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.core.lines import BANDS, CATALOGUE, FWHM_PER_SIGMA, LINE_KEYS, named_nm
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.core.units import RAYLEIGH, photon_energy_j
from render.imaging.capture.response import DOPPLER_SIGMA_NM, DRAWN_SIGMA_NM, between_bands, integral, with_middles

REACH_SIGMAS, STEPS = 5.0, 401  # of the quadrature of a continuum: 1e-6 of a Gaussian lies beyond


@dataclass(frozen=True)
class Passband:
    """A Gaussian filter; 1 in the middle."""

    middle_nm: float
    fwhm_nm: float

    @property
    def sigma_nm(self) -> float:
        """Return the standard deviation."""
        return self.fwhm_nm / FWHM_PER_SIGMA


def passband_of(key: str, fwhm_nm: float) -> Passband:
    """Return the filter about a line of the catalogue, or about the wavelength that a band is named for."""
    return Passband(named_nm(key), fwhm_nm)


def line_share(passband: Passband, components: np.ndarray) -> float:
    """Return the share of a spectrum's photons that pass: components [n, (centre nm, sigma nm, share)].

    Two Gaussians have a closed form. Atomic lines, which the catalogue draws wide, have their true width.
    """
    centre, sigma, share = np.asarray(components, float).T
    sigma = np.where(sigma <= DRAWN_SIGMA_NM, DOPPLER_SIGMA_NM, sigma)
    both = passband.sigma_nm**2 + sigma**2
    passed = passband.sigma_nm / np.sqrt(both) * np.exp(-0.5 * (centre - passband.middle_nm) ** 2 / both)
    return float(share @ passed)


def line_shares(passband: Passband) -> np.ndarray:
    """Return the share of each line or system of LINE_KEYS that passes."""
    return np.array([line_share(passband, CATALOGUE[key].components) for key in LINE_KEYS])


def own_share(key: str, passband: Passband) -> float:
    """Return how much of its own line or band a filter passes."""
    if key not in BANDS:
        return line_share(passband, CATALOGUE[key].components)
    system = CATALOGUE[BANDS[key][0]].components
    of_band = system[[np.abs(system[:, 0] - float(key)).argmin()]]
    return line_share(passband, of_band) / float(of_band[0, 2])


def continuum_r_per_nm(sky: np.ndarray) -> np.ndarray:
    """Return R/nm of radiances [..., band] W m-2 sr-1 nm-1, at SKY_WAVELENGTHS_NM."""
    energy = np.array([photon_energy_j(wavelength) for wavelength in SKY_WAVELENGTHS_NM])
    return np.asarray(sky, float) / energy / RAYLEIGH


def through(passband: Passband, lines_r: np.ndarray, sky: np.ndarray) -> np.ndarray:
    """Return R [...] that a filter reads of lines [..., line], R, and continuum [..., band], W m-2 sr-1 nm-1.

    Outside of SKY_WAVELENGTHS_NM no continuum is known: none is counted.
    """
    w = passband.middle_nm + passband.sigma_nm * np.linspace(-REACH_SIGMAS, REACH_SIGMAS, STEPS)
    transmission = np.exp(-0.5 * ((w - passband.middle_nm) / passband.sigma_nm) ** 2)
    bands = with_middles(SKY_WAVELENGTHS_NM)
    within = (w >= bands[0]) & (w <= bands[-1])
    hats = np.stack([np.interp(w, bands, unit) * within for unit in np.eye(len(bands))])
    weights = integral(transmission * hats, w)
    continuum = np.moveaxis(continuum_r_per_nm(sky), -1, 0)
    finer = between_bands(np, continuum.reshape(len(continuum), -1, 1)).reshape(len(bands), *continuum.shape[1:])
    return np.asarray(lines_r, float) @ line_shares(passband) + np.tensordot(weights, finer, axes=1)
