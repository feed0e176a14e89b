"""The station's parts, true to size: boxes, cylinders, solar-array blankets and open lattices.

Dimensions: NASA ITS and ESA pages as gathered in the project's notes (truss 108.5 m, wings 35 m with two 4.6 m
blankets beside a 1.1 m mast, Node 3 6.7 x 4.48 m ...). Places along x and z are read off drawings: uncertain by 1 m.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.station.materials import material_id

BOX, CYLINDER, BLANKET, LATTICE = 0, 1, 2, 3
"""Kinds. CYLINDER: local z is the axis, half x the radius. BLANKET: local x across, y along, +z the cells' side.
LATTICE: open bays of struts, local z along; all kinds lie in |local| <= half size."""

MOST_PARTS = 64  # the device loops over all parts for each ray
BLANKET_WIDTH_M = 4.6  # m, NASA ITS
BLANKET_LENGTH_M = 33.0  # m, from 73.2 m tip to tip less boxes and beta gimbal
MAST_WIDTH_M = 1.1  # m, also the gap between the blankets
BAY_M = BLANKET_LENGTH_M / 84.0  # m, 84 hinged panels per blanket
FILM_M = 0.004  # m, thickness drawn (the film is thinner than 1 mm)
WING_ROOT_M = 3.2  # m, truss axis to blanket: 73.2 / 2 - blanket - tip box
WINGS_AT_M = (34.0, 49.0)  # m, +- along the truss
JOINT_AT_M = 26.0  # m, +- along the truss, solar alpha rotary joint
TRUSS_END_M = 54.25  # m, half of 108.5 m
MODULE_AXIS_M = 4.7  # m, towards nadir from the truss axis; uncertain


@dataclass(frozen=True)
class PartTable:
    """Hold n parts in the station frame, metres.

    `kind` int32 [n]; `centre_m` [n, 3]; `axes` [n, 3, 3], whose rows are the local axes (local = axes @ (p - centre));
    `half_m` [n, 3]; `material` int32 [n, 2]: of the +z face, of all others; `bay_m` [n]: spacing of seams or struts,
    0 for none.
    """

    kind: np.ndarray
    centre_m: np.ndarray
    axes: np.ndarray
    half_m: np.ndarray
    material: np.ndarray
    bay_m: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True)
class Part:
    """Hold one part; fields as in PartTable."""

    kind: int
    centre_m: np.ndarray
    axes: np.ndarray
    half_m: np.ndarray
    material: tuple[int, int]
    bay_m: float = 0.0

    def moved(self, rotation: np.ndarray, shift_m: np.ndarray | None = None) -> Part:
        """Return the part rotated about the origin (3x3, may mirror), then shifted (m)."""
        shift = np.zeros(3) if shift_m is None else shift_m
        return Part(
            self.kind, rotation @ self.centre_m + shift, self.axes @ rotation.T, self.half_m, self.material, self.bay_m
        )


def table(parts: list[Part]) -> PartTable:
    """Stack parts; raises ValueError when there are none or more than MOST_PARTS."""
    if not 1 <= len(parts) <= MOST_PARTS:
        raise ValueError(f"a station has 1 to {MOST_PARTS} parts, not {len(parts)}")
    return PartTable(
        np.array([p.kind for p in parts], dtype=np.int32),
        np.array([p.centre_m for p in parts], dtype=float),
        np.array([p.axes for p in parts], dtype=float),
        np.array([p.half_m for p in parts], dtype=float),
        np.array([p.material for p in parts], dtype=np.int32),
        np.array([p.bay_m for p in parts], dtype=float),
    )


def axes_from(along: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Return right-handed local axes (rows x, y, z): z = `along`, x = the part of `across` square to it."""
    z = np.asarray(along, float) / np.linalg.norm(along)
    x = np.asarray(across, float) - np.dot(across, z) * z
    x = x / np.linalg.norm(x)
    return np.array([x, np.cross(z, x), z])


def box(
    centre_m: np.ndarray, axes: np.ndarray, size_m: tuple[float, float, float], name: str, bay_m: float = 0.0
) -> Part:
    """Return a box of full sizes, m, along the local axes."""
    m = material_id(name)
    return Part(BOX, np.asarray(centre_m, float), axes, np.array(size_m) / 2.0, (m, m), bay_m)


def cylinder(
    start_m: np.ndarray, end_m: np.ndarray, diameter_m: float, name: str = "white", bay_m: float = 1.1
) -> Part:
    """Return a cylinder between two end-face centres, m, with seams every `bay_m`."""
    start, end = np.asarray(start_m, float), np.asarray(end_m, float)
    along = end - start
    across = np.array([0.0, 0.0, 1.0]) if abs(along[2]) < 0.9 * np.linalg.norm(along) else np.array([1.0, 0.0, 0.0])
    half = np.array([diameter_m / 2.0, diameter_m / 2.0, np.linalg.norm(along) / 2.0])
    m = material_id(name)
    return Part(CYLINDER, (start + end) / 2.0, axes_from(along, across), half, (m, m), bay_m)


def lattice(
    start_m: np.ndarray, end_m: np.ndarray, across: np.ndarray, width_m: float, name: str, bay_m: float
) -> Part:
    """Return an open square lattice (longerons, battens, diagonals) between two points, m."""
    start, end = np.asarray(start_m, float), np.asarray(end_m, float)
    half = np.array([width_m / 2.0, width_m / 2.0, np.linalg.norm(end - start) / 2.0])
    m = material_id(name)
    return Part(LATTICE, (start + end) / 2.0, axes_from(end - start, across), half, (m, m), bay_m)


def wing(root_m: np.ndarray, along: np.ndarray, cells_normal: np.ndarray) -> list[Part]:
    """Return one solar-array wing: two blankets, mast, root box, tip box.

    `root_m`: on the truss axis; `along`: towards the tip; `cells_normal`: where the cells look. The mast runs behind
    the blankets, so that the gap between them stays open to the eye from the front.
    """
    root, y = np.asarray(root_m, float), np.asarray(along, float) / np.linalg.norm(along)
    z = np.asarray(cells_normal, float) - np.dot(cells_normal, y) * y
    z = z / np.linalg.norm(z)
    axes = np.array([np.cross(y, z), y, z])
    start, end = root + WING_ROOT_M * y, root + (WING_ROOT_M + BLANKET_LENGTH_M) * y
    aside = (MAST_WIDTH_M + BLANKET_WIDTH_M) / 2.0 * axes[0]
    half = np.array([BLANKET_WIDTH_M / 2.0, BLANKET_LENGTH_M / 2.0, FILM_M / 2.0])
    films = (material_id("cells"), material_id("amber"))
    width = 2.0 * BLANKET_WIDTH_M + MAST_WIDTH_M
    return [
        Part(BLANKET, (start + end) / 2.0 + aside, axes, half, films, BAY_M),
        Part(BLANKET, (start + end) / 2.0 - aside, axes, half, films, BAY_M),
        lattice(root, end + 0.3 * y, axes[0], 0.8, "black", 0.8),  # FAST mast, dark; 0.8 m across, uncertain
        box(start - 0.25 * y, axes, (width, 0.5, 0.35), "grey"),
        box(end + 0.12 * y, axes, (width, 0.12, 0.1), "grey"),
    ]


def station() -> list[Part]:
    """Return the whole station of January 2015 but for the wings, in the station frame, m."""
    x, y, z = np.eye(3)
    along_truss = axes_from(y, x)
    spans = ((-JOINT_AT_M, JOINT_AT_M), (-TRUSS_END_M, -JOINT_AT_M - 0.5), (JOINT_AT_M + 0.5, TRUSS_END_M))
    truss = [lattice(a * y, b * y, x, 4.5, "aluminium", 2.3) for a, b in spans]
    cores = [box((a + b) / 2 * y, along_truss, (2.8, 2.6, b - a), "grey", 2.3) for a, b in spans]
    flat, upright = np.array([x, y, z]), np.array([x, z, -y])
    radiators = [box(np.array([-13.5, s * 14.0, 2.0]), flat, (22.0, 10.2, 0.05), "radiator", 3.4) for s in (-1, 1)]
    radiators += [box(np.array([-9.0, s * w, 0.0]), upright, (13.5, 3.4, 0.05), "radiator", 1.9) for s in (-1, 1)
                  for w in WINGS_AT_M]  # fmt: skip
    a = MODULE_AXIS_M * z
    modules = [
        cylinder(a - 4.2 * x, a + 4.3 * x, 4.27),  # Destiny, 8.5 m
        cylinder(a + 4.3 * x, a + 11.5 * x, 4.4),  # Harmony, 7.2 m
        cylinder(a - 9.7 * x, a - 4.2 * x, 4.57),  # Unity, 5.5 m
        cylinder(a - 7.0 * x - 2.3 * y, a - 7.0 * x - 9.0 * y, 4.48),  # Tranquility (Node 3), 6.706 m (ESA)
        cylinder(a - 24.1 * x, a - 11.5 * x, 4.1, "grey"),  # Zarya, 12.6 m
        cylinder(a - 37.2 * x, a - 24.1 * x, 4.15, "grey"),  # Zvezda, 13.1 m
        cylinder(a + 8.0 * x + 2.5 * y, a + 8.0 * x + 9.4 * y, 4.5),  # Columbus, 6.9 m
        cylinder(a + 8.0 * x - 2.5 * y, a + 8.0 * x - 13.7 * y, 4.4),  # Kibo, 11.2 m
        box(a + 8.0 * x - 16.6 * y + 1.0 * z, flat, (5.0, 5.6, 1.5), "grey", 1.0),  # Kibo's exposed facility
        cylinder(a - 7.0 * x + 2.6 * z, a - 7.0 * x + 9.0 * z, 4.5),  # Leonardo, 6.4 m, below Unity until May 2015
        cylinder(a - 14.0 * x + 2.3 * z, a - 14.0 * x + 8.3 * z, 2.35, "grey"),  # Rassvet, 6 m
        cylinder(a - 14.0 * x + 8.3 * z, a - 14.0 * x + 15.3 * z, 2.7, "grey"),  # Soyuz, about 7 m
    ]
    return [*truss, *cores, *radiators, *modules]


def wings(array_angle_deg: float) -> list[Part]:
    """Return the eight wings in the station frame; cells look forward at 0, to the zenith at 90 degrees."""
    angle = np.radians(array_angle_deg)
    normal = np.array([np.cos(angle), 0.0, -np.sin(angle)])
    along = np.array([np.sin(angle), 0.0, np.cos(angle)])
    roots = [np.array([0.0, s * w, 0.0]) for s in (-1, 1) for w in WINGS_AT_M]
    return [part for root in roots for way in (-1, 1) for part in wing(root, way * along, normal)]
