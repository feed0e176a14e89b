"""What tests of the station in the picture share: a camera, lights, a few plates, the picture of meshes."""

from types import SimpleNamespace

import numpy as np

from render import device
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.integrator import station as stage
from render.integrator.station_trees import stage_trees
from render.station import shapes
from render.station.composition import Instance
from render.station.materials import material_id, materials
from render.station.mesh import join
from render.station.settings import StationSettings
from render.station.tree import build_tree

ROWS, COLUMNS, FOCAL_MM = 90, 160, 20.0
PINHOLE = 1e9  # f-number without blur
SINGLE = 2e-6  # relative, a few roundings of single precision
PRECISION_SHARE = 4e-3  # pixels that may differ by an edge ray between single and double
PER_PIXEL = 36.0 / FOCAL_MM / COLUMNS
BANDS = len(SKY_WAVELENGTHS_NM)
NONE = np.zeros(BANDS)
SUN = np.linspace(1.0, 2.0, BANDS)
LEVEL = np.eye(3)
ORBIT = SimpleNamespace(position_km=np.array([6780.0, 0, 0]), velocity_km_s=np.array([0, 4.7, 6.0]))


def camera(f_number=PINHOLE, focal_mm=FOCAL_MM):
    return SimpleNamespace(
        rows=ROWS, columns=COLUMNS, photosite_area_m2=(0.036 / COLUMNS) ** 2, f_number=f_number,
        tangent_from_pixel=np.eye(2) * 36.0 / focal_mm / COLUMNS,
        reference_pixel=np.array([(COLUMNS + 1) / 2, (ROWS + 1) / 2]), itrs_from_camera=np.eye(3),
    )  # fmt: skip


def lights(direction=(0.0, 0.0, -1.0), sun=SUN, transmittance=None, below=NONE, above=NONE, around=None):
    unit = np.array(direction) / np.linalg.norm(direction)
    through = np.ones(BANDS) if transmittance is None else transmittance
    return stage.StationLights(unit, sun, through, unit, NONE, NONE, below, above, around)


def render_station(staged, first, rows):
    """Return coverage and radiance of whole rows."""
    coverage, radiance = np.zeros((rows, COLUMNS), np.float32), np.zeros((BANDS, rows, COLUMNS), np.float32)
    part, covered, light = stage.render_station(staged, first, rows)
    coverage[part], radiance[(slice(None), *part)] = covered, light
    return coverage, radiance


def staged_of(meshes, lit, seen_by=None, cabin=0.0, nadir=(0.0, 1.0, 0.0)):
    settings = StationSettings(visible=True, cabin_light_w_m2_nm=cabin)
    trees = stage_trees([build_tree(join(meshes))])
    copies = [(Instance("", LEVEL, np.zeros(3)), 0)]
    seen_by = seen_by or camera()
    return stage.stage_copies(settings, trees, copies, LEVEL, np.zeros(3), seen_by, np.array(nadir), lit)


def picture(meshes, lit, seen_by=None, cabin=0.0, nadir=(0.0, 1.0, 0.0)):
    device.start("cpu", "single")
    return render_station(staged_of(meshes, lit, seen_by, cabin, nadir), 0, ROWS)


def plate(distance_m=10.0, size_m=4.0, name="radiator", axes=LEVEL, centre=(0.0, 0.0)):
    """Return a plate whose front face stands at a distance. Radiator paint is Lambertian."""
    middle_m = np.array([*centre, distance_m]) + 0.005 * axes[2]
    return shapes.box(middle_m, axes, (size_m, size_m, 0.01), name)


def white_of(name="radiator"):
    return materials().reflectance[material_id(name)]


def factor_of(radiance, exact):
    """Return by how much a panel's reflectance differs from its material's: one factor for all bands."""
    ratio = radiance[exact > 0] / exact[exact > 0]
    assert np.ptp(ratio) < 1e-5 * ratio.mean()
    return ratio.mean()


def middle(radiance):
    return radiance[:, ROWS // 2, COLUMNS // 2]


SPREAD = 1.5 * materials().spread[material_id("radiator")] + 1e-6  # a panel's and its strip's
