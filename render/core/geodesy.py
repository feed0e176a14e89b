"""Points, local horizons and straight rays about the WGS84 ellipsoid.

Everything is ITRS (Earth-fixed), kilometres, NumPy float64, and works over any leading axes. A "shell at H" is the
ellipsoid with semi-axes a + H and b + H: within 1 m of the surface of constant geodetic altitude up to 600 km.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render.core.units import EARTH_A_KM, EARTH_B_KM, EARTH_E2, EARTH_FLATTENING

Array = NDArray[np.float64]

BOWRING_ITERATIONS = 3  # one leaves up to 1e-4 km at 2000 km altitude, two are below 1e-9 km; one to spare
TANGENT_ITERATIONS = 6  # each shrinks the distance error by the spread of Earth's radii of curvature, about 0.007
SECOND_ECCENTRICITY2 = EARTH_E2 / (1.0 - EARTH_E2)  # WGS84, (a^2 - b^2) / b^2


def component(vectors: ArrayLike, axis: Array) -> Array:
    """Return how far vectors [..., 3] go along an axis [3], in any frame that both are in.

    Not as a product of matrices: very many vectors would go to a library whose threads wait busily for each other.
    """
    v = np.asarray(vectors, dtype=np.float64)
    return v[..., 0] * axis[0] + v[..., 1] * axis[1] + v[..., 2] * axis[2]


def itrs_from_geodetic(latitude_deg: ArrayLike, longitude_deg: ArrayLike, altitude_km: ArrayLike) -> Array:
    """Return the ITRS position, km, [..., 3], of geodetic coordinates.

    Latitude north and longitude east are positive, degrees; altitude in km along the ellipsoid's normal. The three
    inputs broadcast.
    """
    latitude = np.radians(np.asarray(latitude_deg, dtype=np.float64))
    longitude = np.radians(np.asarray(longitude_deg, dtype=np.float64))
    altitude = np.asarray(altitude_km, dtype=np.float64)
    normal_radius = EARTH_A_KM / np.sqrt(1.0 - EARTH_E2 * np.sin(latitude) ** 2)
    across = (normal_radius + altitude) * np.cos(latitude)
    along = (normal_radius * (1.0 - EARTH_E2) + altitude) * np.sin(latitude)
    x, y, z = np.broadcast_arrays(across * np.cos(longitude), across * np.sin(longitude), along)
    return np.stack([x, y, z], axis=-1)


def geodetic_from_itrs(position_km: ArrayLike) -> tuple[Array, Array, Array]:
    """Return (latitude_deg, longitude_deg, altitude_km) of ITRS positions [..., 3].

    Longitude lies in (-180, 180]. Good to 1e-9 km for altitudes from -1000 km to geostationary orbit; meaningless near
    Earth's centre, where the normal is not unique. Source: Bowring (1976), Survey Review 23, 323, iterated; the
    altitude is the projection on the normal (Bowring 1985), which keeps its precision at the poles.
    """
    position = np.asarray(position_km, dtype=np.float64)
    x, y, z = position[..., 0], position[..., 1], position[..., 2]
    across = np.hypot(x, y)
    sine, cosine = _unit(z, across * (1.0 - EARTH_FLATTENING))  # of the parametric latitude
    for _ in range(BOWRING_ITERATIONS):
        latitude_y = z + SECOND_ECCENTRICITY2 * EARTH_B_KM * sine**3
        latitude_x = across - EARTH_E2 * EARTH_A_KM * cosine**3
        sine, cosine = _unit(latitude_y * (1.0 - EARTH_FLATTENING), latitude_x)
    latitude = np.arctan2(latitude_y, latitude_x)
    sine, cosine = np.sin(latitude), np.cos(latitude)
    altitude = across * cosine + z * sine - EARTH_A_KM * np.sqrt(1.0 - EARTH_E2 * sine**2)
    return np.degrees(latitude), np.degrees(np.arctan2(y, x)), altitude


def itrs_from_local(latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> Array:
    """Return the rotation [..., 3, 3] whose columns are east, north and up (the ellipsoid's normal) in ITRS."""
    latitude, longitude = np.broadcast_arrays(
        np.radians(np.asarray(latitude_deg, dtype=np.float64)), np.radians(np.asarray(longitude_deg, dtype=np.float64))
    )
    sin_lat, cos_lat = np.sin(latitude), np.cos(latitude)
    sin_lon, cos_lon = np.sin(longitude), np.cos(longitude)
    east = np.stack([-sin_lon, cos_lon, np.zeros_like(sin_lon)], axis=-1)
    north = np.stack([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat], axis=-1)
    up = np.stack([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat], axis=-1)
    return np.stack([east, north, up], axis=-1)


def shell_distances(position_km: ArrayLike, direction: ArrayLike, shell_km: ArrayLike) -> tuple[Array, Array]:
    """Return (near, far): distances in km along the ray at which it crosses the shell at `shell_km`.

    `position_km` and unit `direction` are ITRS [..., 3]; negative distances lie behind; NaN where the line misses.
    Scaled by the semi-axes, the shell is the unit sphere; the discriminant is taken from the line's closest point to
    the centre, not as a difference of large squares, so that grazing rays keep their precision.
    """
    axes = np.asarray(shell_km, dtype=np.float64)[..., None] + np.array([EARTH_A_KM, EARTH_A_KM, EARTH_B_KM])
    origin = np.asarray(position_km, dtype=np.float64) / axes
    along = np.asarray(direction, dtype=np.float64) / axes
    length2 = np.sum(along * along, axis=-1)
    middle = -np.sum(origin * along, axis=-1) / length2
    closest = origin + middle[..., None] * along
    depth2 = (1.0 - np.sum(closest * closest, axis=-1)) / length2
    half_chord = np.sqrt(np.where(depth2 >= 0.0, depth2, np.nan))
    return middle - half_chord, middle + half_chord


def tangent_point(position_km: ArrayLike, direction: ArrayLike) -> tuple[Array, Array]:
    """Return (distance_km, altitude_km) of the lowest point of the straight line through `position_km`.

    "Lowest" is of least geodetic altitude, negative where the line pierces the ellipsoid; a negative distance lies
    behind. There the line is perpendicular to the ellipsoid's normal; Newton steps of (normal . direction) x radius
    of curvature solve for that, so the distance is good to 1e-6 km and the altitude, which is stationary there,
    to rounding (1e-9 km). Lines deeper than about 3000 km are bounded by their approach to the centre instead, and
    serve only to say "far below".
    """
    position = np.asarray(position_km, dtype=np.float64)
    along = np.asarray(direction, dtype=np.float64)
    axes = np.array([EARTH_A_KM, EARTH_A_KM, EARTH_B_KM])
    distance = -np.sum(position * along / axes**2, axis=-1) / np.sum((along / axes) ** 2, axis=-1)
    for _ in range(TANGENT_ITERATIONS):
        latitude, longitude, altitude = geodetic_from_itrs(position + distance[..., None] * along)
        normal = itrs_from_local(latitude, longitude)[..., 2]
        normal_radius = EARTH_A_KM / np.sqrt(1.0 - EARTH_E2 * np.sin(np.radians(latitude)) ** 2)
        step = np.sum(normal * along, axis=-1) * (normal_radius + altitude)
        distance = distance - np.where(altitude > -3000.0, step, 0.0)  # near the evolute (43 km) steps need not settle
    return distance, geodetic_from_itrs(position + distance[..., None] * along)[2]


def _unit(y: Array, x: Array) -> tuple[Array, Array]:
    """Return (sine, cosine) of the angle of (x, y); the origin counts as the equator."""
    length = np.hypot(x, y)
    safe = np.where(length > 0.0, length, 1.0)
    return y / safe, np.where(length > 0.0, x / safe, 1.0)


def lowest_ahead(position_km: ArrayLike, directions: ArrayLike) -> tuple[Array, NDArray[np.bool_]]:
    """Return how far, km, each line of sight's lowest point ahead is, and whether it is on the ground.

    `position_km` [3] and unit `directions` [..., 3] are ITRS. A line past the limb has it at its tangent point, and one
    that climbs from the start at the observer, 0 km away.
    """
    position, along = np.asarray(position_km, float), np.asarray(directions, float)
    reach, altitude = tangent_point(position, along)
    ground = shell_distances(position, along, 0.0)[0]
    meets = (altitude < 0.0) & (ground >= 0.0)
    return np.maximum(np.where(meets, ground, reach), 0.0), meets


def lowest_points(position_km: ArrayLike, directions: ArrayLike) -> tuple[Array, Array, Array]:
    """Return (latitude_deg, longitude_deg, altitude_km) of the lowest point ahead on each line of sight.

    Arguments as `lowest_ahead`; on the ground the altitude is 0.
    """
    position, along = np.asarray(position_km, float), np.asarray(directions, float)
    distance, meets = lowest_ahead(position, along)
    latitude, longitude, height = geodetic_from_itrs(position + distance[..., None] * along)
    return latitude, longitude, np.where(meets, 0.0, height)
