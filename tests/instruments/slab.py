"""A scene whose sky is a slab of airglow alone, with its closed form."""

from __future__ import annotations

import numpy as np

EARTH_KM = 6371.0  # within 0.1 % of the local radii: a slab's paths change by less
SLAB = """
[time]
utc = "2015-01-18T05:30:00Z"
[observer]
latitude_deg = 65.12
longitude_deg = -147.43
altitude_km = 0.0
[aurora]
enabled = false
[airglow]
layers = [{ line = "557.7", shape = "uniform", bottom_km = 100.0, top_km = 200.0, ver_cm3_s = 1000.0 }]
[atmosphere]
enabled = false
[film]
frames = 3
interval_s = 10.0
"""
# rayleighs = 1e-6 x rate x length in cm: 1000 cm-3 s-1 over 100 km are 10 kR
KR_PER_KM = 0.1


def path_km(elevation_deg: np.ndarray) -> np.ndarray:
    """Return the way through the slab of a line of sight, on a sphere."""
    e = np.radians(elevation_deg)
    along = [np.sqrt((EARTH_KM + h) ** 2 - (EARTH_KM * np.cos(e)) ** 2) - EARTH_KM * np.sin(e) for h in (100.0, 200.0)]
    return np.asarray(along[1] - along[0])
