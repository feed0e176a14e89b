"""Stage layers of airglow for the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from render import device as devices
from render.core.lines import LINE_KEYS
from render.emission.airglow import Layer
from shaders.aurora import airglow

COLUMNS = 7  # of a layer's row before its profile: line, shape, centre, sigma, rate, bottom, top
SHAPES = {"gaussian": airglow.GAUSSIAN, "uniform": airglow.UNIFORM, "profile": airglow.PROFILE}
# of the quadrature: the standard set's profiles are right to 0.3 % of their brightest, from orbit and from the ground
QUADRATURE_NODES = 24


def layer_table(layers: Sequence[Layer]) -> np.ndarray:
    """Return layers as the march takes them, [layer, 7 + node].

    A row: line, shape, centre, sigma, rate, bottom, top, then the profile relative to its peak (0 where there is none).
    Layers one after the other that share one profile, as lines of one upper state do, are marched once. Raises
    ValueError where profiles have different numbers of nodes.
    """
    nodes = {len(layer.profile) for layer in layers if layer.profile is not None}
    if len(nodes) > 1:
        raise ValueError(f"airglow profiles have {sorted(nodes)} nodes; all need the same number")
    table = np.zeros((len(layers), COLUMNS + max(nodes, default=0)))
    before = None
    for row, layer in zip(table, layers, strict=True):
        same = layer.profile is not None and layer.profile is before
        row[:COLUMNS] = (
            LINE_KEYS.index(layer.line), airglow.SAME if same else SHAPES[layer.shape], layer.centre_km,
            layer.sigma_km, layer.peak_ver_cm3_s, layer.bottom_km, layer.top_km,
        )  # fmt: skip
        if layer.profile is not None:
            row[COLUMNS:] = layer.profile
        before = layer.profile
    return table


def device_layers(layers: np.ndarray) -> Any | None:
    """Return layers as the kernel takes them, `shaders.aurora.airglow.Layers`; None where there are none.

    `layers` [layer, 7 + node] from `layer_table`, or [layer, 7] where none has a profile.
    """
    if not len(layers):
        return None
    profiles = layers[:, COLUMNS:]
    if not profiles.size:
        profiles = np.zeros((len(layers), 2))
    return devices.upload_pack(airglow.Layers, layers=layers[:, :COLUMNS], profiles=profiles, gauss=_GAUSS)


def _gauss_legendre(nodes: int) -> np.ndarray:
    """Return [node, 2] places and weights on 0..1."""
    place, weight = np.polynomial.legendre.leggauss(nodes)
    return np.column_stack([0.5 * (place + 1.0), 0.5 * weight])


def gauss_nodes() -> np.ndarray:
    """Return the quadrature through a layer, [node, 2]: places and weights on 0..1."""
    return _GAUSS


_GAUSS = _gauss_legendre(QUADRATURE_NODES)
