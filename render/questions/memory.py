"""How much memory a frame takes at its peak, from the arrays that it holds then.

A frame holds, from its first kernel to its last file:

    what every frame has        Python, Taichi with its kernels, ephemeris, sky and land
    the aurora's maps           texels of the cells in view that the oval may light, as fine as pixels are there
    the picture's light         a float of each line and band per pixel, and the clouds' veil
    a band that is marched      the nodes of its lattice, its lines on their way to the picture, and its own light
    a picture on its way        electrons, and what a band of rows is developed through

not all of them at the same time: it is highest while the last band is marched, while the station is lit and placed, or
while files are written. Bytes that no array's shape says are measured ones, of the CPU (docs/performance.md): a GPU has
its arrays of its own.
"""

from __future__ import annotations

import numpy as np

from render.core.errors import PolarlightError
from render.core.geodesy import shell_distances
from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.frame.moment import Moment, moment_of
from render.geophysics.field.field_lines import plane_from_direction
from render.geophysics.field.geomagnetic import dipole_from_itrs
from render.geophysics.forms.oval import starkov_boundaries
from render.integrator.aurora import tiles
from render.integrator.bands import BAND_PIXELS
from render.integrator.quality import QUALITIES
from render.scene import Scene

FLOAT = 4.0  # bytes
BASE_MEMORY = 375e6  # bytes: what every frame has (measured)
AURORA_MEMORY = 75e6  # bytes: kernels of the aurora, its plane, its tables (measured)
STATION_MEMORY = 190e6  # bytes: the trees of its parts while they are made (measured)
LIGHT = FLOAT * (len(LINE_KEYS) + len(SKY_WAVELENGTHS_NM)) + 2.0 * FLOAT  # bytes per pixel: lines, bands, veil
NODES = FLOAT * (2 * len(LINE_KEYS) + 1)  # bytes per pixel of a band: values and unevenness of its lattice, its planes
CHANNELS = 3  # that a camera sees with; a user's own may be more, of smaller pictures
LENS = 40.0  # bytes per pixel of a picture that the lens spreads: its channels, several times (measured)
FALL_OFF = 28.0  # bytes per pixel where it gives the corners less light, which only a rectilinear one does (measured)
DEVELOPING = 160.0  # bytes per pixel of a picture on its way through the lens to a file (measured)
TEXEL = 45.0  # bytes per texel of all maps, fine and past, while they are drawn and packed (measured: 37 to 67)

SAMPLES = (96, 54)  # columns and rows of the rays by which the cells in view are found
SHELLS_KM = (110.0, 250.0, 450.0, 700.0)  # where light is looked for along them
FARTHEST_KM = 4900.0  # km: as `render.integrator.aurora.in_view` has it
OVAL_MARGIN_DEG = 3.0  # deg, on either side: arc groups beyond its edges, and how far a dipole is from the field
ARCS = 0.5  # of the cells that the oval may light those that hold thin arcs, and have fine maps (fitted)


def expected_memory_bytes(
    scene: Scene, size: tuple[int, int] | None = None, *, in_bands: bool = False, band_pixels: int = BAND_PIXELS
) -> int:
    """Return how much memory a frame of a scene takes at its peak on the CPU; `size` (columns, rows).

    `in_bands`: of one that is developed and written band by band, `render.frame.development.developed_bands`, of
    `band_pixels`. Within a fifth of what was measured (docs/performance.md); the first frame of a new version compiles
    its kernels besides.
    """
    columns, rows = size or (scene.camera.columns, scene.camera.rows)
    pixels = columns * rows
    band = min(pixels, band_pixels)
    try:
        maps = TEXEL * map_texels(scene, (columns, rows)) if scene.aurora.enabled else 0.0
    except PolarlightError:  # cannot be placed or pointed at its own time: others say so
        maps = 0.0
    prepared = BASE_MEMORY + maps + (AURORA_MEMORY if scene.aurora.enabled else 0.0)
    channels = FLOAT * CHANNELS * pixels
    held = channels if in_bands else LIGHT * pixels
    own = LIGHT * band if in_bands or pixels > band else 0.0
    station = STATION_MEMORY if scene.station.visible else 0.0
    marching = prepared + held + own + max(NODES * band, station)
    writing = prepared - maps + held + DEVELOPING * pixels
    if in_bands:  # the maps are held to the end
        lens = LENS + (FALL_OFF if scene.camera.projection == "rectilinear" else 0.0)
        writing = prepared + lens * pixels + (DEVELOPING - lens) * band
    return round(max(marching, writing))


def map_texels(scene: Scene, size: tuple[int, int]) -> float:
    """Return about how many texels the aurora's maps of a scene's own instant have for a picture of this size.

    A cell of the plane that light is seen above has as many as pixels resolve at its nearest, where the oval may put
    arcs. Raises InputError where the observer cannot be placed or the camera not pointed.
    """
    moment = moment_of(scene, scene.time.epoch, size)
    found = _cells_in_view(moment, scene)
    if found is None:
        return 0.0
    cells, distance_km = found
    pixel_km = distance_km * float(np.sqrt(abs(np.linalg.det(moment.camera.tangent_from_pixel))))
    along = tiles.texels_for(pixel_km * QUALITIES[scene.camera.quality].pixel, cells)
    memory = np.minimum(along // 2, QUALITIES[scene.camera.quality].memory_texels) + tiles.MEMORY_RIM
    fine = (along + tiles.RIM) ** 2 + (along // 4 + tiles.RIM) ** 2 + memory**2
    coarse = (tiles.COARSE + tiles.RIM) ** 2 + (tiles.COARSE // 2 + tiles.RIM) ** 2
    return float(np.sum(ARCS * fine + (1.0 - ARCS) * coarse))


def _cells_in_view(moment: Moment, scene: Scene) -> tuple[np.ndarray, np.ndarray] | None:
    """Return (cells [cell, 2] of the plane, column and row; distance km [cell] of the nearest light above each), of
    those that the oval may light and a coarse picture's rays meet; None where there are none."""
    camera, position = moment.camera, moment.position_km
    x = np.linspace(1.0, camera.columns, SAMPLES[0])
    y = np.linspace(1.0, camera.rows, SAMPLES[1])
    rays = camera.directions_at(x[None, :], y[:, None]).reshape(-1, 3)
    distance = np.concatenate([part for h in SHELLS_KM for part in shell_distances(position, rays, h)])
    along = np.tile(rays, (2 * len(SHELLS_KM), 1))
    ground = np.tile(shell_distances(position, rays, 0.0)[0], 2 * len(SHELLS_KM))
    hidden = (ground > 0.0) & (distance > ground)
    there = np.isfinite(distance) & (distance > 0.0) & (distance < FARTHEST_KM) & ~hidden
    if not there.any():  # from above all light, away from it
        return None
    distance = np.maximum(distance[there], tiles.NEAREST_KM)
    place = position + distance[:, None] * along[there]
    place /= np.linalg.norm(place, axis=-1, keepdims=True)
    latitude = np.degrees(np.arcsin(place @ dipole_from_itrs(moment.epoch.decimal_year)[2]))
    kp = scene.drive.state(moment.time_s, scene.time.epoch).kp
    edges = starkov_boundaries(np.arange(24.0), kp)
    low, high = float(edges.diffuse_equatorward_deg.min()), float(edges.poleward_deg.max())
    hemisphere = 1 if latitude.mean() >= 0.0 else -1
    lit = (hemisphere * latitude > low - OVAL_MARGIN_DEG) & (hemisphere * latitude < high + OVAL_MARGIN_DEG)
    if not lit.any():
        return None
    plane = np.stack(plane_from_direction(place[lit], hemisphere), axis=-1)
    cells, which = np.unique(np.floor(plane / tiles.CELL_KM).astype(int), axis=0, return_inverse=True)
    nearest = np.full(len(cells), np.inf)
    np.minimum.at(nearest, which.ravel(), distance[lit])
    return cells, nearest
