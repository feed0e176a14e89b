"""What the ground is (land or sea), how it reflects, and what stars send it."""

from __future__ import annotations

import functools
import importlib.resources

import numpy as np
from numpy.typing import ArrayLike, NDArray

from render.core.errors import InputError
from render.earth.settings import Cover
from render.earth.user_image import equirectangular

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
# Evergreen forest over snow, 0.36 at 470 nm (Moody et al. 2007, RSE 111, 337), little redder; and sea ice under snow
# that wind has packed, with leads (0.80 to 0.85 of snow alone): both uncertain by a factor 1.15
FOREST_ON_SNOW = np.array([0.340, 0.360, 0.355, 0.350, 0.345, 0.350, 0.355, 0.370, 0.395, 0.400])
ICE_ALBEDO = np.array([0.760, 0.780, 0.780, 0.770, 0.755, 0.740, 0.730, 0.725, 0.710, 0.690])
# What a picture's red, green and blue say of the albedo between: their sum is 1 at every wavelength (our choice)
RED_GREEN_BLUE = np.array([
    np.interp(KNOTS_NM, [580.0, 620.0], [0.0, 1.0]),
    np.interp(KNOTS_NM, [490.0, 530.0, 580.0, 620.0], [0.0, 1.0, 1.0, 0.0]),
    np.interp(KNOTS_NM, [490.0, 530.0], [1.0, 0.0]),
])  # fmt: skip

# Irradiance on level ground of stars and zodiacal light, without airglow, which falls line by line: 105 S10(V) of
# integrated and scattered starlight and 60 of zodiacal light over the whole sky (Leinert et al. 1998, A&AS 127, 1),
# pi x 165 x 1.19e-11 W m-2 nm-1 at 550 nm; its colour is a little redder than the Sun's. Uncertain by a factor 1.3
NIGHT_KNOTS_NM = np.array([380.0, 450.0, 550.0, 650.0, 720.0, 780.0])
STARLIGHT_IRRADIANCE = np.array([3.6e-9, 5.9e-9, 6.2e-9, 5.8e-9, 5.2e-9, 4.7e-9])  # W m-2 nm-1


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
    """Return the Lambertian albedo, [kind, band]: kinds as `shaders.ground.cover.Kind`, land of the cover named."""
    knots = SEA_ALBEDO, LAND_ALBEDO[land_cover], LAND_ALBEDO["snow"], FOREST_ON_SNOW, ICE_ALBEDO, *RED_GREEN_BLUE
    return np.stack([np.interp(np.asarray(wavelengths_nm, dtype=float), KNOTS_NM, each) for each in knots])


@functools.lru_cache(maxsize=2)
def land_picture(path: str | None) -> NDArray[np.float32]:
    """Return a user's picture of the land's albedo, [latitude from -90, longitude from -180, 3]; of two rows for None.

    Raises InputError for one that cannot be used.
    """
    if path is None:
        return np.zeros((2, 2, 3), np.float32)
    found = equirectangular(path, "[earth] land", channels=3)[::-1]
    if found.max() > 1.0:
        raise InputError(f"{path}: [earth] land holds {found.max():g}; allowed: albedos, 0 to 1")
    return np.ascontiguousarray(np.broadcast_to(found, (*found.shape[:2], 3)))


def starlight_irradiance(wavelengths_nm: ArrayLike) -> NDArray[np.float64]:
    """Return the irradiance of stars and zodiacal light on level ground, W m-2 nm-1, [band]."""
    return np.interp(np.asarray(wavelengths_nm, dtype=float), NIGHT_KNOTS_NM, STARLIGHT_IRRADIANCE)
