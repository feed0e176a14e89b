"""The station through lenses of every projection: where it stands, and how large, in solid angle."""

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.integrator import station_pose
from render.observer import projections
from render.observer.camera import CameraSettings, camera_at
from render.observer.orbit import ObserverSettings, observe
from tests.shaders.stations import COLUMNS, LEVEL, ROWS, lights, picture, plate

EPOCH = Epoch.parse("2015-01-28T09:45:00Z")
OBSERVER = observe(ObserverSettings(latitude_deg=45.0, longitude_deg=-84.0, altitude_km=420.0), EPOCH)
SOLID = 0.02  # of a plate's solid angle: rays through its edges
LENSES = {
    "rectilinear": {"focal_length_mm": 12.0},
    "equidistant": {"field_deg": 200.0},
    "equisolid": {"field_deg": 200.0},
    "stereographic": {"field_deg": 200.0},
    "orthographic": {"field_deg": 170.0},
    "equirectangular": {},
}


def camera(projection):
    """Return a camera whose axes are those of the station, its pupil a point."""
    axes = {"quaternion": (1.0, 0.0, 0.0, 0.0), "quaternion_frame": "itrs", "f_number": 64.0}
    settings = CameraSettings(projection=projection, **axes, **LENSES[projection])
    return camera_at(settings, OBSERVER, EPOCH, 0.0, (COLUMNS, ROWS))


@pytest.mark.parametrize("projection", LENSES)
def test_a_plate_has_its_solid_angle_at_its_place(projection):
    """4 m at 10 m, 2 m to the right and 1 m down; the closed form of a rectangle seen from a point."""
    seen_by = camera(projection)
    coverage, _ = picture([plate(centre=(2.0, 1.0))], lights(), seen_by)

    def corner(x, y, z=10.0):
        return np.arctan(x * y / (z * np.sqrt(x * x + y * y + z * z)))

    exact = corner(4.0, 3.0) - corner(0.0, 3.0) - corner(4.0, -1.0) + corner(0.0, -1.0)
    assert (coverage * seen_by.solid_angle()).sum() == pytest.approx(exact, rel=SOLID)
    weight = (coverage * seen_by.solid_angle())[..., None] * seen_by.ray_directions()
    middle = weight.sum(axis=(0, 1))
    x, y = np.meshgrid(np.linspace(0.0, 4.0, 401), np.linspace(-1.0, 3.0, 401))
    distance = np.sqrt(x * x + y * y + 100.0)
    expected = [(a / distance**4).sum() for a in (x, y, 10.0)]
    np.testing.assert_allclose(middle[:2] / middle[2], np.array(expected[:2]) / expected[2], atol=0.004)


@pytest.mark.parametrize("projection", [*projections.FISHEYES, "equirectangular"])
def test_no_cell_that_shows_a_box_is_left_out(projection):
    """Boxes all round, near and far, against points strewn over them."""
    generator = np.random.default_rng(3)
    bits = np.array([[k >> j & 1 for j in range(3)] for k in range(8)])
    seen_by = camera(projection)
    shown = 0
    for _ in range(40):
        corner = generator.normal(size=3) * 20.0
        box = corner + bits * generator.uniform(0.1, 15.0, 3)
        mask = station_pose.tile_mask(box[None], LEVEL, np.zeros(3), seen_by)
        inside = box[0] + generator.random((3000, 3)) * (box[7] - box[0])
        x, y, seen = seen_by.project(inside)
        held = seen & seen_by.holds(np.nan_to_num(x), np.nan_to_num(y))
        cells = [((a[held] - 0.5) // station_pose.TILE).astype(int) for a in (y, x)]
        assert mask[np.clip(cells[0], 0, mask.shape[0] - 1), np.clip(cells[1], 0, mask.shape[1] - 1)].all()
        shown += held.any() and not mask.all()
    assert shown > 10
