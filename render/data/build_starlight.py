"""Make the table of unresolved starlight from a model of the Galaxy.

    python -m render.data.build_starlight [--into FOLDER]

Stars: a disc and a bar. Dust: a thin disc, made lumpy by fractal screens at several distances, and the dark clouds of
`dark_clouds.csv` where they are. Light is integrated outwards along each line of sight; the smooth part is scaled to
24 S10(V) at the north pole, of stars fainter than 6.5. Never imported at run time.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from render.data.build import HERE, save
from render.data.build_starlight_noise import fractal

ROWS, COLUMNS = 720, 1440  # 0.25 degree
COLOUR_STEP = 4  # table cells along a side of a cell of the colour's
LN_STEP = 0.01  # of ln S10 in the table
POLE_S10 = 24.0  # S10(V) of stars fainter than 6.5 at the north pole (after Roach & Megill 1961; Leinert et al. 1998)
SUN_KPC, SUN_Z_KPC = 8.2, 0.02  # kpc, from the Galaxy's centre and above its plane (Bland-Hawthorn & Gerhard 2016)
BAR_DEG = 20.0  # degrees, from the line of sight to the centre; 15 to 30 are published
DUST_PER_KPC = 0.45  # optical depth in V per kpc in the plane near the Sun: lumps let light through
DISC_B_V, BAR_B_V = 0.62, 0.88  # mag, of their light before dust (Mattila 1980; uncertain by 0.1)
REDDENING = 0.35  # mag of B-V per optical depth in V: A_V / E(B-V) = 3.1
SCREENS_KPC = (0.25, 0.6, 1.3, 3.0)  # kpc, at which dust is lumpy on its own
LUMP_KPC = 0.1  # kpc, the largest lumps
LUMPINESS = 1.05  # standard deviation of ln(dust)
FARTHEST_KPC = 22.0


@dataclass(frozen=True)
class Clouds:
    """Ellipses on the sky: `place` [n, 3] radians and kpc (longitude, latitude, distance), `shape` [n, 3] along,
    across, tilt, radians, `depth` [n], as in `dark_clouds.csv`; distance 0: a bright field."""

    place: np.ndarray
    shape: np.ndarray
    depth: np.ndarray

    def cover(self, k: int, longitude: np.ndarray, latitude: np.ndarray, ragged: np.ndarray) -> np.ndarray:
        """Return one cloud's share of its middle depth, its edges displaced by `ragged` semi-axes [2, ...]."""
        (l0, b0, _), (along, across, tilt) = self.place[k], self.shape[k]
        x = ((longitude - l0 + np.pi) % (2.0 * np.pi) - np.pi) * np.cos(latitude)
        y = latitude - b0
        u = (x * np.cos(tilt) + y * np.sin(tilt)) / along + ragged[0]
        v = (y * np.cos(tilt) - x * np.sin(tilt)) / across + ragged[1]
        return np.asarray(np.exp(-0.5 * (u * u + v * v)))


def clouds() -> Clouds:
    """Read `dark_clouds.csv`."""
    lines = (HERE / "dark_clouds.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split(",")[1:] for line in lines if not line.startswith("#")][1:]
    longitude, latitude, along, across, tilt, distance, depth = np.array(rows, dtype=float).T
    angles = np.radians([longitude, latitude, along, across, tilt])
    return Clouds(np.stack([angles[0], angles[1], distance], 1), angles[2:].T, depth)


def no_clouds() -> Clouds:
    """Return none of them."""
    return Clouds(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))


def stars_at(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the light of (disc, bar) at galactocentric places, kpc, the Sun's neighbourhood = 1; x towards the Sun."""
    r = np.hypot(x, y)
    disc = np.exp(-(r - SUN_KPC) / 2.6) * (0.86 * np.exp(-np.abs(z) / 0.26) + 0.14 * np.exp(-np.abs(z) / 0.9))
    c, s = np.cos(np.radians(BAR_DEG)), np.sin(np.radians(BAR_DEG))
    q = np.sqrt(((x * c - y * s) / 1.5) ** 2 + ((x * s + y * c) / 0.7) ** 2 + (z / 0.45) ** 2)
    return disc, 22.0 * np.exp(-1.8 * q)


def dust_at(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return smooth dust, the plane near the Sun = 1: a thin disc, hollow within 3 kpc."""
    r = np.hypot(x, y)
    return np.asarray(np.exp(-(r - SUN_KPC) / 3.2 - np.abs(z) / 0.11) * np.minimum(1.0, (r / 3.0) ** 2))


def sky(
    longitude: np.ndarray, latitude: np.ndarray, dark: Clouds, lumpiness: float = LUMPINESS
) -> tuple[np.ndarray, np.ndarray]:
    """Return (light, B-V) at galactic coordinates, radians, of equal shape; light in the model's own unit."""
    cl, sl, cb, sb = np.cos(longitude), np.sin(longitude), np.cos(latitude), np.sin(latitude)
    direction = np.stack([cb * cl, cb * sl, sb], axis=-1)
    screens = [
        lumpiness * fractal(direction * (at / LUMP_KPC), seed) - 0.5 * lumpiness**2 if lumpiness else 0.0 * cl
        for seed, at in enumerate(SCREENS_KPC)
    ]
    depths = _cloud_depths(dark, longitude, latitude, direction)
    tau, light, colour, s, step = np.zeros_like(cl), np.zeros_like(cl), np.zeros_like(cl), 0.0, 0.012
    while s < FARTHEST_KPC:
        middle = s + 0.5 * step
        place = SUN_KPC - middle * cb * cl, middle * cb * sl, SUN_Z_KPC + middle * sb
        disc, bar = stars_at(*place)
        near = np.clip(np.interp(np.log(middle), np.log(SCREENS_KPC), range(len(SCREENS_KPC))), 0.0, None)
        below = min(int(near), len(SCREENS_KPC) - 2)
        lumps = screens[below] * (below + 1.0 - near) + screens[below + 1] * (near - below)
        passed = DUST_PER_KPC * dust_at(*place) * np.exp(lumps) * step
        for distance, depth in depths.items():
            passed = passed + depth if s <= distance < s + step else passed
        seen = np.exp(-tau - 0.5 * passed) * step
        reddened = REDDENING * (tau + 0.5 * passed)
        light += (disc + bar) * seen
        colour += (disc * np.minimum(DISC_B_V + reddened, 1.5) + bar * np.minimum(BAR_B_V + reddened, 1.5)) * seen
        tau += passed
        s, step = s + step, min(0.012 + 0.02 * (s + step), 0.25)
    return light, colour / light


def _cloud_depths(
    dark: Clouds, longitude: np.ndarray, latitude: np.ndarray, direction: np.ndarray
) -> dict[float, np.ndarray]:
    """Return the optical depth of the dark clouds at each distance, kpc, ragged by noise."""
    found: dict[float, np.ndarray] = {}
    if not (dark.place[:, 2] > 0.0).any():
        return found
    ragged = 0.5 * np.stack([fractal(direction * 12.0, 31), fractal(direction * 12.0, 32)])
    patchy = np.exp(0.5 * fractal(direction * 16.0, 33) - 0.12)
    for k in np.flatnonzero(dark.place[:, 2] > 0.0):
        depth = dark.depth[k] * dark.cover(int(k), longitude, latitude, ragged) * patchy
        distance = float(dark.place[k, 2])
        found[distance] = found.get(distance, 0.0) + depth
    return found


def bright_fields(dark: Clouds, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return the S10(V) of the bright fields, which stand in gaps of the dust and beyond the Galaxy."""
    direction = np.stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], -1
    )
    ragged = 0.25 * np.stack([fractal(direction * 25.0, 41), fractal(direction * 25.0, 42)])
    light = np.zeros_like(longitude)
    for k in np.flatnonzero(dark.place[:, 2] == 0.0):
        light += dark.depth[k] * dark.cover(int(k), longitude, latitude, ragged)
    return light


def pole_scale() -> float:
    """Return the S10(V) that the model's own unit stands for: POLE_S10 at the smooth model's north pole."""
    return POLE_S10 / float(sky(np.zeros(1), np.full(1, 0.5 * np.pi), no_clouds(), 0.0)[0][0])


def smooth_s10(longitude_deg: np.ndarray, latitude_deg: np.ndarray) -> np.ndarray:
    """Return S10(V) of stars fainter than 6.5 by the smooth model, without lumps and clouds; degrees."""
    longitude, latitude = np.radians(np.broadcast_arrays(longitude_deg, latitude_deg))
    return sky(longitude, latitude, no_clouds(), 0.0)[0] * pole_scale()


def starlight() -> dict[str, np.ndarray | str]:
    """Return the arrays of `starlight.npz`."""
    latitude = np.radians((np.arange(ROWS) + 0.5) / ROWS * 180.0 - 90.0)
    longitude = np.radians((np.arange(COLUMNS) + 0.5) / COLUMNS * 360.0 - 180.0)
    places = np.meshgrid(longitude, latitude)
    light, colour = sky(*places, clouds())
    s10 = light * pole_scale() + bright_fields(clouds(), *places)
    k = COLOUR_STEP
    blocks = (ROWS // k, k, COLUMNS // k, k)
    mean = (colour * s10).reshape(blocks).sum(axis=(1, 3)) / s10.reshape(blocks).sum(axis=(1, 3))
    levels = np.round(np.log(s10) / LN_STEP).astype(np.int16)
    return {
        "about": "Starlight of stars fainter than V 6.5, made by render/data/build_starlight.py from a model of the "
        "Galaxy and render/data/dark_clouds.csv (MIT, own work), 2026-11. Axes (galactic latitude from -90 upward, "
        "longitude from -180), cell centres. s10_steps: ln S10(V) in steps of 0.01, along each row the difference from "
        "the cell before (the first from 0). b_v_hundredths: B-V of that light, 0.01 mag, cells of 1 degree.",
        "s10_steps": np.diff(levels, axis=1, prepend=np.int16(0)),
        "b_v_hundredths": np.round(100.0 * mean).astype(np.uint8),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the table of unresolved starlight.")
    parser.add_argument("--into", type=Path, default=HERE)
    save(parser.parse_args().into / "starlight.npz", **starlight())
