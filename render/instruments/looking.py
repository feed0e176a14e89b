"""Light along lines of sight in any direction: what an instrument sees that no flat picture holds.

The sky about the observer is looked at through up to six square windows, the faces of a cube that stands upright; each
has maps of the aurora as fine as the instrument's pixels. Light and what the air takes of it are those of
`render.integrator.queries.to_point`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from render.atmosphere.extinction import build_atmosphere
from render.core.geodesy import geodetic_from_itrs, itrs_from_local
from render.core.lines import BANDS, LINE_KEYS, band_share
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.emission.sunlit import share_4278
from render.frame.aurora import aurora_part
from render.frame.moment import Moment
from render.frame.sources import sun_and_moon
from render.frame.stage import air_part
from render.integrator.queries.to_point import Shining, light_to_points
from render.integrator.sky.scattered import scattering_air
from render.observer.attitude import local_from_camera
from render.observer.camera import Camera
from render.scene import Scene

FACES = ((0.0, 90.0), (0.0, 0.0), (90.0, 0.0), (180.0, 0.0), (270.0, 0.0), (0.0, -90.0))
"""(azimuth, elevation) of the cube's faces, degrees."""
MARGIN_PX = 2.0  # pixels of a window beyond the outermost line of sight
KEYS = (*LINE_KEYS, *BANDS)
"""What can be asked for: lines and systems, and bands that are measured by themselves."""


@dataclass(frozen=True, eq=False)
class Along:
    """Light along lines of sight: `lines_r` [..., line] R, as in LINE_KEYS; `sky` [..., band] W m-2 sr-1 nm-1."""

    lines_r: np.ndarray
    sky: np.ndarray


def light_along(
    scene: Scene, moment: Moment, directions: np.ndarray, pixel_rad: float, *, sky: bool = False
) -> Along:  # fmt: skip
    """Return the light along unit directions [n, 3], ITRS, from a moment's place.

    Lines are those of aurora, airglow and subauroral arcs, through the air (what it scatters out of the line of sight
    is lost, what it scatters in is left out). The sky is sunlight and moonlight scattered by the air, where it is asked
    for, else 0. `pixel_rad`: how fine the aurora need be. A device must have been started. Raises InputError for an
    instant outside the times of a user's map.
    """
    east_north_up = itrs_from_local(*geodetic_from_itrs(moment.position_km)[:2])
    air = scattering_air(build_atmosphere(scene.atmosphere))
    layers = air_part(scene, moment).layers
    lamps = [lamp for lamp in sun_and_moon(scene, moment) if lamp is not None] if sky else []
    found = np.zeros((len(directions), len(LINE_KEYS)))
    scattered = np.zeros((len(directions), len(SKY_WAVELENGTHS_NM)))
    faces = [east_north_up @ local_from_camera(*face) for face in FACES]
    nearest = np.argmax(np.stack([directions @ face[:, 2] for face in faces]), axis=0)
    for number, face in enumerate(faces):
        through = np.flatnonzero(nearest == number)
        if not len(through):
            continue
        along = directions[through]
        window = _window(moment.camera, face, along, pixel_rad)
        aurora = aurora_part(scene, replace(moment, camera=window), moment.turn_rad_s)
        shining = Shining(aurora.curtains, layers, aurora.arcs)
        seen = light_to_points(air, lamps, shining, moment.position_km, along, np.full(len(along), np.inf))
        found[through], scattered[through] = seen.lines_r, seen.sky
    return Along(found, scattered)


def of_keys(lines_r: np.ndarray, keys: tuple[str, ...]) -> np.ndarray:
    """Return R [key, ...] of keys of KEYS from lines [..., line]; of 427.8 the sunlit ions' light, too."""
    planes = []
    for key in keys:
        if key in BANDS:
            system = BANDS[key][0]
            plane = band_share(key) * lines_r[..., LINE_KEYS.index(system)]
            if key == "427.8":
                plane = plane + share_4278() * lines_r[..., LINE_KEYS.index("N2+_1NG_sunlit")]
        else:
            plane = lines_r[..., LINE_KEYS.index(key)]
        planes.append(plane)
    return np.stack(planes)


def _window(like: Camera, itrs_from_camera: np.ndarray, along: np.ndarray, pixel_rad: float) -> Camera:
    """Return a camera that looks along a face and just holds some directions, with pixels of an angle in its middle."""
    right, down, ahead = (along @ itrs_from_camera).T
    u, v = right / ahead, down / ahead
    low, high = np.array([u.min(), v.min()]), np.array([u.max(), v.max()])
    columns, rows = (int(np.ceil(span / pixel_rad + 2.0 * MARGIN_PX)) for span in high - low)
    middle = 0.5 * (low + high)
    reference = 0.5 * (np.array([columns, rows]) + 1.0) - middle / pixel_rad
    return replace(
        like, rows=rows, columns=columns, itrs_from_camera=itrs_from_camera, reference_pixel=reference,
        tangent_from_pixel=np.eye(2) * pixel_rad,
        projection="rectilinear", circle=np.inf, distortion=None,
    )  # fmt: skip
