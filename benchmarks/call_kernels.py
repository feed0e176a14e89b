"""Two kernels that do nothing with the march's arguments but take them: loose, and in its records.

No postponed annotations here: Taichi reads them.
"""

from typing import Any

import numpy as np
import taichi as ti
import taichi.math as tm

from render import device as devices
from shaders import view
from shaders.aurora import emission as aurora
from shaders.aurora import march

KINDS = {"view": view.View, "sun": aurora.Sunlight, "axes": march.Axes}
PACKS = (march.Maps, march.Tables, view.LowerAir)
ARRAYS = [name for kind in PACKS for name in kind.members]
A = ti.types.ndarray


@ti.kernel
def grouped(
    v: view.View, sun: aurora.Sunlight, axes: march.Axes, maps: march.Maps, tables: march.Tables, air: view.LowerAir,
    out: A(),
):  # fmt: skip
    """Read a number of the first record and one of the last pack."""
    for i in range(out.shape[0]):
        out[i] = v.o.x + axes.step_scale + maps.field[0, 0] + air.upward[0, 0]


@ti.kernel
def loose(
    first_row: int, o: tm.vec3, itrs_from_camera: tm.mat3, tangent_from_pixel: tm.mat2, reference: tm.vec2,
    direction: tm.vec3, screening_km: float, sharpness: float, step_scale: float, sphere: tm.vec2, field_axis: tm.vec3,
    cells_axis: tm.vec3, table_axis: tm.vec4, field: A(), cells: A(), texels: A(), past: A(), table: A(), soft: A(),
    slow_table: A(), slow_soft: A(), memory: A(), tied: A(), limb: A(), upward: A(), out: A(),
):  # fmt: skip
    """Read what `grouped` reads."""
    for i in range(out.shape[0]):
        out[i] = o.x + step_scale + field[0, 0] + upward[0, 0]


def numbers() -> dict[str, dict[str, Any]]:
    """Return members of each record, as the frame gives them: Python's numbers and NumPy's arrays."""
    return {
        "view": {
            "first_row": 3, "o": np.arange(3.0), "itrs_from_camera": np.eye(3), "tangent_from_pixel": np.eye(2),
            "reference": np.ones(2),
        },
        "sun": {"direction": np.eye(3)[0], "screening_km": 30.0, "sharpness": 0.1},
        "axes": {
            "step_scale": 1.0, "sphere": np.ones(2), "field": np.ones(3), "cells": np.ones(3), "table": np.ones(4),
        },
    }  # fmt: skip


def loose_numbers(members: dict[str, dict[str, Any]]) -> list[Any]:
    """Return the same, one after the other, as `loose` takes them."""
    return [value for kind in KINDS for value in members[kind].values()]


def records(members: dict[str, dict[str, Any]]) -> list[Any]:
    """Return the same in records, as `grouped` takes them."""
    return [devices.record(kind, **members[name]) for name, kind in KINDS.items()]


def packs(arrays: dict[str, Any]) -> list[Any]:
    """Return staged arrays in packs."""
    return [devices.pack(kind, **{name: arrays[name] for name in kind.members}) for kind in PACKS]
