"""What the upper air sends down on the Earth that a camera sees."""

import numpy as np
import pytest

from render.core.lines import LINE_KEYS
from render.frame.air import oval_emission
from render.frame.aurora import aurora_at
from render.frame.moment import moment_of
from render.frame.sources import downwelling
from render.integrator.above.irradiance import aurora_irradiance
from render.integrator.aurora.magnetosphere import magnetosphere_around
from render.scene import load_scene
from tests.devices import start_or_skip

PROMPT = ("N2+_1NG", "557.7", "777.4")


def test_broad_texels_give_the_light_of_fine_ones():
    """Within 6 % of the map's maximum anywhere, 2 % in the mean: light spreads over a hundred km on its way down."""
    start_or_skip("cpu", "single")
    scene = load_scene("quiet_arc")
    moment = moment_of(scene, scene.time.epoch, (48, 27))
    around = magnetosphere_around(moment.position_km, moment.epoch.decimal_year)
    instant, table = aurora_at(scene, moment.epoch, around), oval_emission(scene)[0]
    found = downwelling(scene, moment)
    fine = aurora_irradiance(instant, table, scene.emission, found.aurora.area, found.aurora.altitude_km)
    for key in PROMPT:
        k = LINE_KEYS.index(key)
        broad, exact = found.aurora.rayleigh_sr[k], fine.rayleigh_sr[k]
        assert exact.max() > 0.0
        assert np.abs(broad - exact).max() < 0.06 * exact.max(), key
        assert broad.mean() == pytest.approx(exact.mean(), rel=0.02), key


def test_nothing_is_made_where_the_earth_is_out_of_view():
    scene = load_scene("quiet_arc")
    up = scene.model_copy(update={"camera": scene.camera.model_copy(update={"elevation_deg": 60.0})})
    assert downwelling(up, moment_of(up, up.time.epoch, (48, 27))) is None
