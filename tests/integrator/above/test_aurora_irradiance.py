"""The aurora's light on a level place: the map's convolutions against the pixels of the whole sky above the place."""

from types import SimpleNamespace

import numpy as np
import pytest

from render import load_scene
from render.core.errors import InputError
from render.core.geodesy import itrs_from_geodetic, itrs_from_local
from render.core.lines import LINE_KEYS, SLOW_KEYS
from render.frame.air import oval_emission
from render.geophysics.forms.drive_series import drive_function
from render.integrator.above.area import AreaFromAbove
from render.integrator.above.irradiance import IrradianceMap, aurora_irradiance
from render.integrator.aurora import march as aurora
from render.integrator.aurora.instant import AuroraInstant
from render.integrator.aurora.magnetosphere import magnetosphere_around
from render.integrator.queries import to_point
from render.observer import ephemeris
from tests.devices import start_or_skip

PLACE, ALTITUDE_KM = (58.5, -102.0), 10.0
PROMPT, SLOW = 0.02, 0.06  # of the sum over the sky; slow lines come from high up, and some from beyond this map
KEYS = ("557.7", "N2_1PG", "N2+_1NG", "N2+_Meinel", "630.0", "732")
WIDE_KM, FAR_KM = 1600.0, 1500.0  # km: side of the map, and how far the sky's maps reach; what lies beyond is faint
ALL_ROUND = SimpleNamespace(
    columns=10, rows=10, quality="standard", exposure_s=0.001, tangent_from_pixel=0.1 * np.eye(2),
    itrs_from_camera=np.eye(3), widest_angle_rad=lambda: np.pi,
    project=lambda ray: (*np.full((2, *ray.shape[:-1]), 5.0), np.linalg.norm(ray, axis=-1) < FAR_KM),
)  # fmt: skip


def whole_sky(elevations=40, azimuths=90):
    """Return directions [n, 3] over a level place, ITRS, and their solid angles x sines."""
    node, weight = np.polynomial.legendre.leggauss(elevations)
    u = 0.5 * (node + 1.0)
    sine, share = u**1.5, 0.5 * weight * 1.5 * u**2 * 2.0 * np.pi / azimuths
    e, a = np.meshgrid(sine, (np.arange(azimuths) + 0.5) * 2.0 * np.pi / azimuths, indexing="ij")
    local = np.stack([np.sqrt(1.0 - e**2) * np.sin(a), np.sqrt(1.0 - e**2) * np.cos(a), e], axis=-1)
    return (local @ itrs_from_local(*PLACE).T).reshape(-1, 3), np.repeat(share, azimuths)


def test_a_place_gets_what_its_sky_sends():
    start_or_skip("cpu")
    scene = load_scene("quiet_arc")
    epoch, position = scene.time.epoch, itrs_from_geodetic(*PLACE, ALTITUDE_KM)
    around, table = magnetosphere_around(position, epoch.decimal_year), oval_emission(scene)[0]
    drive = drive_function(scene.drive, epoch)
    instant = AuroraInstant(scene.aurora, drive, around, epoch, 0.0)
    stage = aurora.prepare_aurora(
        instant, scene.emission, table, ALL_ROUND, position, np.zeros(3),
        ephemeris.sun(epoch, position).direction_itrs,
    )  # fmt: skip
    direction, weight = whole_sky()
    ends = np.full(len(direction), to_point.FAR_KM)
    shining = to_point.Shining(stage, None)
    near, far = to_point._shining_to(shining, position, direction, ends, np.zeros(len(direction)))
    sky = weight @ (near + far)
    night = AuroraInstant(scene.aurora, drive, around, epoch, 0.0)
    made = aurora_irradiance(night, table, scene.emission, AreaFromAbove(*PLACE, WIDE_KM, 100, 100), ALTITUDE_KM)
    found = made.at(np.array([PLACE[0]]), np.array([PLACE[1]]))[:, 0]
    for key in KEYS:
        k = LINE_KEYS.index(key)
        assert sky[k] > 10.0
        assert found[k] == pytest.approx(sky[k], rel=SLOW if key in SLOW_KEYS else PROMPT), key
    off = made.at(np.array([PLACE[0] + 2.0]), np.array([PLACE[1]]))[:, 0]  # the control: 220 km beside it
    assert abs(off[LINE_KEYS.index("557.7")] / sky[LINE_KEYS.index("557.7")] - 1.0) > 2.0 * PROMPT
    with pytest.raises(InputError, match="no place below the aurora is at 100 km"):
        aurora_irradiance(night, table, scene.emission, made.area, 100.0)


def test_a_map_is_read_between_its_pixels_and_not_beside_them():
    area = AreaFromAbove(60.0, -100.0, 1000.0, 100, 100)
    x = np.broadcast_to(area.x_km, (1, 100, 100))
    made = IrradianceMap(area, 0.0, x)
    latitude, longitude = area.geodetic(np.array([123.0, -77.5]), np.array([10.0, 3.0]))
    np.testing.assert_allclose(made.at(latitude, longitude)[0], [123.0, -77.5], atol=0.5)
    with pytest.raises(InputError, match="1 places lie off the map of irradiance, 1000 km wide"):
        made.at(np.array([60.0, 70.0]), np.array([-100.0, -100.0]))
