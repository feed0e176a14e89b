"""What the ground is (land or sea), how it reflects, and how dark it is on a night without Moon."""

from __future__ import annotations

import functools
import importlib.resources

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render.earth.settings import Cover

SEA, LAND = 0, 1
ROWS, COLUMNS = 8640, 17280
CELLS_PER_DEGREE = 48

KNOTS_NM = np.array([380.0, 450.0, 500.0, 550.0, 600.0, 650.0, 680.0, 700.0, 740.0, 780.0])
# Albedo at KNOTS_NM. Sea: Fresnel of diffuse light with some blue from below (Jin et al. 2004, GRL 31, L22301).
# Land: rounded from the classes of the ECOSTRESS spectral library (Meerdink et al. 2019, RSE 230); winter: our mix of
# bare wood, dead grass, conifers and soil of the American north-east. All uncertain by a factor 1.3.
SEA_ALBEDO = np.array([0.060, 0.060, 0.058, 0.055, 0.052, 0.050, 0.050, 0.050, 0.050, 0.050])
LAND_ALBEDO: dict[Cover, np.ndarray] = {
    "vegetation": np.array([0.030, 0.040, 0.055, 0.105, 0.075, 0.055, 0.045, 0.120, 0.380, 0.450]),
    "soil": np.array([0.060, 0.085, 0.110, 0.150, 0.195, 0.225, 0.240, 0.250, 0.270, 0.290]),
    "winter": np.array([0.050, 0.065, 0.080, 0.110, 0.130, 0.145, 0.150, 0.165, 0.210, 0.240]),
    "snow": np.array([0.850, 0.870, 0.870, 0.870, 0.860, 0.850, 0.840, 0.835, 0.820, 0.800]),
}

# Irradiance on level ground on a moonless night: a sky of 22 mag arcsec-2 (airglow, zodiacal light, stars: Leinert et
# al. 1998, A&AS 127) gives about 0.8 mlx, that is 1.1e-8 W m-2 nm-1 at 550 nm; redder beyond 700 nm by OH. Uncertain
# by a factor 2.
NIGHT_KNOTS_NM = np.array([380.0, 450.0, 550.0, 650.0, 720.0, 780.0])
NIGHT_IRRADIANCE = np.array([0.7e-8, 0.8e-8, 1.1e-8, 1.2e-8, 1.6e-8, 2.5e-8])  # W m-2 nm-1


@functools.cache
def land_mask() -> NDArray[np.uint8]:
    """Return the class of each 1/48 degree cell, packed: uint8 [8640, 2160], read-only; a bit is 0 for sea (and lakes),
    1 for land.

    Rows from latitude -90 upward, bits from longitude -180 eastward, the highest first. Source: render/data/README.md.
    """
    with (importlib.resources.files("render") / "data" / "land_mask.npz").open("rb") as stream:
        mask: NDArray[np.uint8] = np.load(stream)["land"]
    mask.flags.writeable = False
    return mask


def surface_class(latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> NDArray[np.uint8]:
    """Return the class (0 sea, 1 land) at places in degrees, any turn of longitude. Raises ValueError past a pole."""
    latitude, longitude = np.broadcast_arrays(np.asarray(latitude_deg, float), np.asarray(longitude_deg, float))
    if np.any(np.abs(latitude) > 90.0):
        raise ValueError(f"latitude {latitude.flat[np.abs(latitude).argmax()]} is outside -90..90 degrees")
    row = np.minimum(((latitude + 90.0) * CELLS_PER_DEGREE).astype(int), ROWS - 1)
    return land_class(row, np.floor((longitude + 180.0) * CELLS_PER_DEGREE).astype(int))


def land_share(latitude_deg: ArrayLike, longitude_deg: ArrayLike) -> NDArray[np.float32]:
    """Return the bilinear share of land about places in degrees, 0 to 1: the coast is where it is a half."""
    y = (np.asarray(latitude_deg, float) + 90.0) * CELLS_PER_DEGREE - 0.5
    x = (np.asarray(longitude_deg, float) + 180.0) * CELLS_PER_DEGREE - 0.5
    row, column = np.floor(y).astype(np.int64), np.floor(x).astype(np.int64)
    v, u = (y - row).astype(np.float32), (x - column).astype(np.float32)
    low = land_class(row, column) * (1.0 - u) + land_class(row, column + 1) * u
    high = land_class(row + 1, column) * (1.0 - u) + land_class(row + 1, column + 1) * u
    share: NDArray[np.float32] = low * (1.0 - v) + high * v
    return share


def land_class(row: NDArray[np.int64], column: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the classes of cells of the mask; rows beyond a pole are its last, columns may be of any turn."""
    row, column = np.clip(row, 0, ROWS - 1), column % COLUMNS
    bits: NDArray[np.uint8] = (land_mask()[row, column >> 3] >> (7 - (column & 7)).astype(np.uint8)) & 1
    return bits


def albedo(wavelengths_nm: ArrayLike, land_cover: Cover = "winter") -> NDArray[np.float64]:
    """Return the Lambertian albedo, axes (class, band): sea, then land of the cover named."""
    return np.stack(
        [
            np.interp(np.asarray(wavelengths_nm, dtype=float), KNOTS_NM, knots)
            for knots in (SEA_ALBEDO, LAND_ALBEDO[land_cover])
        ]
    )


def night_irradiance(wavelengths_nm: ArrayLike) -> NDArray[np.float64]:
    """Return the irradiance of airglow and starlight on level ground, W m-2 nm-1, [band]."""
    return np.interp(np.asarray(wavelengths_nm, dtype=float), NIGHT_KNOTS_NM, NIGHT_IRRADIANCE)
