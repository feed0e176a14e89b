"""A page that develops linear planes by the tables it is given comes within a code value of `develop`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from render.imaging.capture.sensor import Exposure
from render.imaging.colour import develop
from render.imaging.encoding import encode_srgb
from render.imaging.gamut import boundary_tables, map_to_gamut
from render.imaging.reduction import CHROMA_PHOTOSITES, steps_of
from render.imaging.settings import DevelopSettings
from render.imaging.tone import CURVES
from render.viewer.recipe import gamut_tables, recipe
from render.viewer.serving.told import TONES

SATURATION = 1000.0
CODE = 1.0 / 255.0


def page_develops(shares: np.ndarray, told: dict[str, Any], ask: dict[str, Any]) -> np.ndarray:
    """Develop float16 planes as docs/viewer.md tells the page to: nothing but the tables' numbers."""
    balances = told["white_balance"]["response"][ask["response"]]
    at = round((ask["white_balance_k"] - balances["first_k"]) / balances["step_k"])
    signal = np.minimum(shares.astype(np.float64) * ask["exposure"], 1.0)
    p = np.clip(signal * np.array(balances["gains"][at])[:, None, None], -1.0, 1.0)
    rgb = np.einsum("ij,jrc->irc", np.reshape(balances["matrices"][at], (3, 3)), p)
    weights = np.array(told["luminance"])
    if ask["smoothing"]:
        luminance = np.einsum("i,irc->rc", weights, rgb)
        red, blue = (smoothed(rgb[i] - luminance, ask["smoothing"]) for i in (0, 2))
        green = -(weights[0] * red + weights[2] * blue) / weights[1]
        rgb = luminance + np.stack([red, green, blue])
    rgb = toned(rgb * 2.0 ** ask["compensation"], told, ask["tone"])
    return encode_srgb(np.asarray(map_to_gamut(rgb.astype(np.float32), "srgb", told["knee"][ask["tone"]])))


def smoothed(plane: np.ndarray, steps: list[list[float]]) -> np.ndarray:
    for spacing, tap in steps:
        for axis in (0, 1):
            wide = np.pad(plane, [(int(spacing), int(spacing)) if a == axis else (0, 0) for a in (0, 1)], "edge")
            n = plane.shape[axis]
            before, after = (
                np.take(wide, range(n), axis),
                np.take(wide, range(2 * int(spacing), n + 2 * int(spacing)), axis),
            )
            plane = (1.0 - 2.0 * tap) * plane + tap * (before + after)
    return plane


def curve_of(x: np.ndarray, curve: dict[str, Any]) -> np.ndarray:
    """Look a tone curve up, linear in the logarithm of x."""
    first, last, y = curve["first_log2"], curve["last_log2"], np.array(curve["y"])
    place = np.log2(np.maximum(x, 1e-30))
    found = np.interp(place, np.linspace(first, last, len(y)), y)
    return np.where(x <= 0.0, 0.0, np.where(place < first, y[0] * x / 2.0**first, found))


def toned(rgb: np.ndarray, told: dict[str, Any], tone: str) -> np.ndarray:
    if tone == "linear":
        return rgb
    if tone == "filmic":
        inner = np.einsum("ij,jrc->irc", np.reshape(told["inset"], (3, 3)), rgb)
        shown = curve_of(inner, told["curves"]["filmic"])
        return np.einsum("ij,jrc->irc", np.reshape(told["inset_inverse"], (3, 3)), shown)
    luminance = np.einsum("i,irc->rc", np.array(told["luminance"]), rgb)
    size = np.maximum(0.5 * (luminance + rgb.max(axis=0)), 1e-6)
    return rgb * curve_of(size, told["curves"][tone]) / size


@pytest.fixture(scope="module")
def electrons() -> np.ndarray:
    """Return light of all colours over eleven stops, some of it beyond saturation, smooth as a picture's is."""
    x, y = np.meshgrid(np.linspace(0.0, 1.0, 48), np.linspace(0.0, 1.0, 32))
    planes = [0.5 + 0.5 * np.sin(6.0 * x + phase + 3.0 * y) for phase in (0.0, 2.1, 4.2)]
    return (SATURATION * 2.0 ** (-9.0 + 11.0 * y) * np.array(planes)).astype(np.float32)


@pytest.mark.parametrize("tone", TONES)
@pytest.mark.parametrize(
    ("kelvin", "compensation", "exposure"), [(5200.0, 0.0, 1.0), (3200.0, 2.0, 0.25), (12000.0, -1.0, 4.0)]
)
def test_the_page_shows_what_develop_shows(
    electrons: np.ndarray, tone: Any, kelvin: float, compensation: float, exposure: float
) -> None:
    reduction = 8.0
    settings = DevelopSettings(tone=tone, white_balance_k=kelvin, exposure_compensation_ev=compensation)
    taken = np.minimum(electrons * np.float32(exposure), np.float32(SATURATION))
    wanted = np.moveaxis(develop(Exposure(taken, SATURATION, "d3s", reduction), settings).pixels, 2, 0)
    ask = {
        "response": "d3s", "white_balance_k": kelvin, "compensation": compensation, "tone": tone, "exposure": exposure,
        "smoothing": [list(step) for step in steps_of(CHROMA_PHOTOSITES / reduction)],
    }  # fmt: skip
    found = page_develops((electrons / SATURATION).astype(np.float16), recipe("d3s"), ask)
    assert np.abs(found - wanted).max() < CODE
    other = page_develops(
        (electrons / SATURATION).astype(np.float16), recipe("d3s"), ask | {"compensation": compensation + 0.3}
    )
    assert np.abs(other - wanted).max() > 4.0 * CODE  # the bound is one that a wrong number breaks


def test_tables_are_those_of_the_engine() -> None:
    edge, share = boundary_tables("srgb")
    table = np.frombuffer(gamut_tables(), "<f4")
    np.testing.assert_array_equal(table, np.concatenate([edge, share]))
    assert len(edge) == recipe("d3s")["gamut"]["hues"] + 1 and set(recipe("d3s")["curves"]) == set(CURVES)
    assert recipe("eye")["white_balance"]["response"] == {}
    assert set(TONES) == {"linear", *CURVES}
