"""Constants of nature and of Earth's figure, each with its unit and source on its line."""

import math

EARTH_A_KM = 6378.137  # km, WGS84 semi-major axis (NIMA TR8350.2)
EARTH_FLATTENING = 1.0 / 298.257223563  # WGS84
EARTH_B_KM = EARTH_A_KM * (1.0 - EARTH_FLATTENING)  # km, semi-minor axis
EARTH_E2 = EARTH_FLATTENING * (2.0 - EARTH_FLATTENING)  # first eccentricity squared
EARTH_MEAN_RADIUS_KM = 6371.0088  # km, IUGG mean radius (2a + b) / 3

PLANCK_J_S = 6.62607015e-34  # J s, exact (SI 2019)
LIGHT_M_S = 299792458.0  # m s-1, exact
BOLTZMANN_J_K = 1.380649e-23  # J K-1, exact

AMU_KG = 1.66053907e-27  # kg, CODATA 2018
MASS_N2_AMU, MASS_O2_AMU, MASS_O_AMU = 28.0134, 31.9988, 15.9994  # g mol-1, IUPAC
GRAVITY_M_S2, GRAVITY_RADIUS_KM = 9.80665, 6371.0  # standard gravity, and the radius from which it falls as 1/r^2

RAYLEIGH = 1.0e10 / (4.0 * math.pi)  # photons m-2 s-1 sr-1 per rayleigh (Hunten et al. 1956; Baker 1974)
ERG_CM2_S_IN_KEV = 6.241509074e8  # keV cm-2 s-1 per mW m-2 (= erg cm-2 s-1)


def photon_energy_j(wavelength_nm: float) -> float:
    """Return the energy of one photon, J, of the vacuum wavelength in nm."""
    return PLANCK_J_S * LIGHT_M_S / (wavelength_nm * 1e-9)
