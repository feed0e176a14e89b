"""Where lines of sight go: the lowest point of each, on the limb or on the ground."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from render.geodesy import Array, geodetic_from_itrs, shell_distances, tangent_point


def lowest_points(position_km: ArrayLike, directions: ArrayLike) -> tuple[Array, Array, Array]:
    """Return (latitude_deg, longitude_deg, altitude_km) of the lowest point ahead on each line of sight.

    `position_km` [3] and unit `directions` [..., 3] are ITRS. A line past the limb has it at its tangent point, one
    that meets the ground there, at altitude 0, and one that climbs from the start at the observer.
    """
    position, along = np.asarray(position_km, float), np.asarray(directions, float)
    reach, altitude = tangent_point(position, along)
    ground = shell_distances(position, along, 0.0)[0]
    meets = (altitude < 0.0) & (ground >= 0.0)
    distance = np.maximum(np.where(meets, ground, reach), 0.0)
    latitude, longitude, height = geodetic_from_itrs(position + distance[..., None] * along)
    return latitude, longitude, np.where(meets, 0.0, height)
