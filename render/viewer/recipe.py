"""Numbers by which a page develops linear planes itself, as `render.imaging.colour.develop` does."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from render.imaging import gamut
from render.imaging.capture.bodies import PRESETS
from render.imaging.colour import srgb_from_camera, white_balance
from render.imaging.tone import CURVES, FILMIC_INSET, KNEE, inset
from render.viewer.scales import SCALES, colours_of

FIRST_K, STEP_K, STEPS = 2500, 100, 96  # K, of the white balances: `[develop] white_balance_k` from end to end
FIRST_LOG2, LAST_LOG2, NODES = -20.0, 6.0, 2081  # of the tone curves' nodes, eighty to a stop
EYE = "eye"  # sees by a law of its own, which is not developed on the page


@cache
def recipe(response: str) -> dict[str, Any]:
    """Return white balances of a response, tone curves, matrices and scales, as JSON; none of what is seen otherwise
    than by three channels. Half a second where nothing is known yet."""
    known = [name for name in PRESETS if name == response and name != EYE]
    x = 2.0 ** np.linspace(FIRST_LOG2, LAST_LOG2, NODES)
    towards_white = inset(FILMIC_INSET)
    return {
        "white_balance": {"response": {name: _balances(name) for name in known}},
        "curves": {
            name: {"first_log2": FIRST_LOG2, "last_log2": LAST_LOG2, "y": _digits(curve(x))}
            for name, curve in CURVES.items()
        },
        "inset": _digits(towards_white), "inset_inverse": _digits(np.linalg.inv(towards_white)),
        "knee": dict(KNEE), "luminance": list(gamut.LUMINANCE),
        "cones_from_srgb": _digits(gamut.CONES_FROM_SRGB), "oklab_from_roots": _digits(gamut.OKLAB_FROM_ROOTS),
        "srgb_from_cones": _digits(np.linalg.inv(gamut.CONES_FROM_SRGB)),
        "xyz_y_from_srgb": _digits(gamut.xyz_from_rgb("srgb")[1]),
        "gamut": {
            "hues": gamut.HUES, "levels": gamut.LEVELS, "longest_step": gamut.LONGEST_STEP, "least": gamut.LEAST,
            "least_chroma": gamut.LEAST_CHROMA, "least_share": gamut.LEAST_SHARE,
        },
        "scales": {name: colours_of(name).tolist() for name in SCALES},
    }  # fmt: skip


@cache
def gamut_tables() -> bytes:
    """Return sRGB's boundary, `render.imaging.gamut.boundary_tables`, float32 little-endian one after the other."""
    return b"".join(table.astype("<f4").tobytes() for table in gamut.boundary_tables("srgb"))


def _balances(response: str) -> dict[str, Any]:
    """Return gains and matrices of a response for each white balance."""
    kelvins = [float(FIRST_K + STEP_K * k) for k in range(STEPS)]
    return {
        "first_k": FIRST_K, "step_k": STEP_K,
        "gains": [_digits(np.array(white_balance(response, kelvin))) for kelvin in kelvins],
        "matrices": [_digits(np.array(srgb_from_camera(response, kelvin))) for kelvin in kelvins],
    }  # fmt: skip


def _digits(values: np.ndarray) -> list[float]:
    """Return values, flat, to the digits of single precision."""
    return [float(f"{value:.8g}") for value in np.ravel(values)]
