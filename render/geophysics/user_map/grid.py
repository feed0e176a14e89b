"""Between the nodes of a user map: axes that end or close in a circle, and what lies at the pole.

An axis that ends fades: the value of its last node goes on, and its weight falls linearly to 0 one cell beyond. Where
nodes are the middles of cells that keeps the integral, and a picture shows no wall. An axis that closes goes on from
its last node to its first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from render.geophysics.user_map.contents import Array

CLOSING_STEPS = 1.5  # an axis whose ends lie at most this many of its widest steps apart closes in a circle
POLE_STEPS = 2.0  # a closed map whose last parallel is at most this many steps from the pole reaches it
SAME_PLACE = 1e-6  # of a circle: nodes nearer than this are one place


class Place(NamedTuple):
    """Where points lie on an axis: nodes `low` and `high`, the latter's `weight`, and `inside`, 1 to 0 beyond it."""

    low: Array
    high: Array
    weight: Array
    inside: Array


@dataclass(frozen=True, eq=False)
class Axis:
    """The nodes of one axis, rising. `turn`: 360 (deg), 24 (h), or 0 for latitudes; `closed`: it is a full circle."""

    nodes: Array
    turn: float = 0.0
    closed: bool = False

    def place(self, at: Array | float) -> Place:
        """Return where points lie on the axis, any shape, its turns reckoned; what is not finite lies outside."""
        x = np.asarray(at, float)
        finite = np.isfinite(x)
        x = np.where(finite, x, 0.0)
        nodes = np.append(self.nodes, self.nodes[0] + self.turn) if self.closed else self.nodes
        if self.turn:
            start = nodes[0] if self.closed else 0.5 * (nodes[0] + nodes[-1] - self.turn)
            x = start + (x - start) % self.turn
        low = np.clip(np.searchsorted(nodes, x, side="right") - 1, 0, len(nodes) - 2)
        weight = np.clip((x - nodes[low]) / (nodes[low + 1] - nodes[low]), 0.0, 1.0)
        inside = np.ones_like(x)
        if not self.closed:
            before, after = self.fade
            beyond = np.maximum((nodes[0] - x) / before, (x - nodes[-1]) / after)
            inside = 1.0 - np.clip(beyond, 0.0, 1.0)
        return Place(low, (low + 1) % len(self.nodes), weight, np.where(finite, inside, 0.0))

    @property
    def fade(self) -> tuple[float, float]:
        """Return how far the axis fades before its first and after its last node: its outermost steps."""
        room = 0.5 * (self.turn - float(np.ptp(self.nodes))) if self.turn else np.inf
        return min(float(self.nodes[1] - self.nodes[0]), room), min(float(self.nodes[-1] - self.nodes[-2]), room)

    @property
    def step(self) -> float:
        """Return the median step."""
        return float(np.median(np.diff(self.nodes)))


def circle(nodes: Array, turn: float) -> tuple[Axis, bool]:
    """Return the axis of rising nodes on a circle, and whether its last node repeats the first, and was left out."""
    rest = turn - float(np.ptp(nodes))
    if abs(rest) <= SAME_PLACE * turn:
        return Axis(nodes[:-1], turn, True), True
    return Axis(nodes, turn, len(nodes) > 2 and rest <= CLOSING_STEPS * float(np.diff(nodes).max())), False


def poles_to_reach(latitude: Axis) -> tuple[bool, bool]:
    """Say whether a closed map's first and last parallel stand for the pole: at it, or within two steps."""
    reach = POLE_STEPS * np.diff(latitude.nodes)[[0, -1]]
    return bool(latitude.nodes[0] + 90.0 <= reach[0]), bool(90.0 - latitude.nodes[-1] <= reach[1])


def with_poles(latitude: Axis, flux: Array, log_energy: Array) -> tuple[Axis, Array, Array]:
    """Return axis, flux and log energy [time, latitude, longitude] of a closed map with one value at each pole reached.

    It is the mean around the outermost parallel, so that a pole is one place, not a pinwheel or a hole. Energies are
    weighted by flux, and may have one time for all.
    """
    nodes = latitude.nodes
    for end, (reached, pole) in enumerate(zip(poles_to_reach(latitude), (-90.0, 90.0), strict=True)):
        if not reached:
            continue
        row = -end  # 0 or -1
        weight = flux[:, row : row + 1 or None].astype(float) + 1e-30
        if len(log_energy) == 1:
            weight = weight.sum(axis=0, keepdims=True)
        polar_energy = (weight * log_energy[:, row : row + 1 or None]).sum(axis=-1, keepdims=True)
        polar_energy /= weight.sum(axis=-1, keepdims=True)
        polar_flux = flux[:, row : row + 1 or None].mean(axis=-1, keepdims=True, dtype=float)
        there = abs(nodes[row] - pole) <= SAME_PLACE * 90.0
        keep = slice(1 - end, len(nodes) - end) if there else slice(None)
        nodes = _joined(nodes[keep], np.array([pole]), end, 0)
        flux = _joined(flux[:, keep], _around(polar_flux, flux), end, 1)
        log_energy = _joined(log_energy[:, keep], _around(polar_energy, log_energy), end, 1)
    return Axis(nodes), flux, log_energy


def _around(polar: Array, like: Array) -> Array:
    return np.broadcast_to(polar, (*polar.shape[:2], like.shape[2])).astype(like.dtype)


def _joined(body: Array, row: Array, end: int, axis: int) -> Array:
    return np.concatenate([body, row] if end else [row, body], axis=axis)
