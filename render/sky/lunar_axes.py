"""How the Moon is turned: its pole and prime meridian at an instant, which place its map and the Sun over it."""

from __future__ import annotations

import numpy as np

from render.core.epoch import Epoch
from render.core.geodesy import Array

J2000 = Epoch.parse("2000-01-01T12:00:00Z")  # TDB is some 69 s ahead of UTC: the Moon turns by 0.01 degree in that time
DAY_S = 86400.0

# Archinal et al. 2018 (Celest. Mech. Dyn. Astron. 130, 22), table 2; terms below 0.02 degree are left out.
ARGUMENTS = np.array(  # degrees, degrees per day: E1, E2, E3, E5
    [(125.045, -0.0529921), (250.089, -0.1059842), (260.008, 13.0120009), (357.529, 0.9856003)]
)
POLE_RIGHT_ASCENSION = (269.9949, 0.0031, np.array([-3.8787, -0.1204, 0.0700, 0.0]))  # deg, deg per century, x sin E
POLE_DECLINATION = (66.5392, 0.0130, np.array([1.5419, 0.0239, -0.0278, 0.0]))  # deg, deg per century, x cos E
PRIME_MERIDIAN = (38.3213, 13.17635815, np.array([3.5610, 0.1208, -0.0642, 0.0252]))  # deg, deg per day, x sin E


def moon_from_gcrs(epoch: Epoch) -> Array:
    """Return the rotation [3, 3] from GCRS to the Moon's axes: x to its prime meridian, y east of it, z to its north.

    Within 0.05 degree of the mean Earth / polar axis system.
    """
    days = epoch.seconds_since(J2000) / DAY_S
    argument = np.radians(ARGUMENTS[:, 0] + ARGUMENTS[:, 1] * days)
    start, rate, terms = POLE_RIGHT_ASCENSION
    ascension = start + rate * days / 36525.0 + terms @ np.sin(argument)
    start, rate, terms = POLE_DECLINATION
    declination = start + rate * days / 36525.0 + terms @ np.cos(argument)
    start, rate, terms = PRIME_MERIDIAN
    meridian = start + rate * days + terms @ np.sin(argument)
    return _about(2, float(meridian)) @ _about(0, float(90.0 - declination)) @ _about(2, float(90.0 + ascension))


def facing(direction: Array) -> Array:
    """Return the rotation [3, 3] to the axes of a Moon in this direction that turns its prime meridian to the observer.

    Its north is as near to the frame's as it can be: for a Moon whose instant is not known.
    """
    x = -np.asarray(direction, float) / np.linalg.norm(direction)
    y = np.cross([0.0, 0.0, 1.0], x)
    y = y / np.linalg.norm(y) if np.linalg.norm(y) > 1e-9 else np.array([0.0, 1.0, 0.0])
    return np.stack([x, y, np.cross(x, y)])


def _about(axis: int, degrees: float) -> Array:
    """Return the rotation [3, 3] of the frame by an angle about one of its axes."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turned: Array = np.eye(3)
    one, other = (axis + 1) % 3, (axis + 2) % 3
    turned[[one, one, other, other], [one, other, one, other]] = c, s, -s, c
    return turned
