"""City lights on a picture: streaks that the flight draws while the shutter is open, and cities by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from render.frame.moment import Moment
from render.instruments import landmarks, spots
from render.instruments.photograph import Picture
from render.instruments.prediction import Prediction, middle, number
from render.scene import Scene

PEAK_255 = 24.0  # of 255, above the background: what is counted as a point of light
CITIES_LISTED, CITY_NEAR_PX = 12, 8.0  # named cities; pixels of the picture within which a city's light is looked for
STREAK_NEAR_DEG = 20.0  # degrees, and a factor 2 in length: what is no streak of one place is left out
LEAST_STREAK_PX = 2.5  # pixels: shorter ones are not resolved
UNSATURATED = 0.8  # of white: the brightest pixel of a streak that is measured

Measured = list[tuple[spots.Streak, float, float]]
"""Bars of light, each with its predicted length, pixels of the picture, and angle, degrees."""


def streaks_on(scene: Scene, moment: Moment, picture: Picture, predicted: Prediction) -> Measured:
    """Return the bars of light on the ground of a picture, each with its predicted length (pixels) and angle."""
    luminance, camera = picture.luminance, predicted.camera
    over = picture.over_background
    rows, columns = spots.peaks(over, PEAK_255 / 255.0, predicted.altitude_km < -5.0)  # 5 km: not the limb's own
    if not len(rows):
        return []
    dx, dy = landmarks.ground_streaks(scene, moment, columns + 1.0, rows + 1.0)
    length = np.hypot(dx, dy)
    found = []
    order = np.argsort(-over[rows, columns])
    taken = np.zeros((camera.rows, camera.columns), bool)
    for k in order:
        row, column = int(rows[k]), int(columns[k])
        if taken[row, column] or not np.isfinite(length[k]):
            continue
        half = int(np.ceil(spots.LONGEST / 2.0 + 1.2 * length[k]))
        taken[max(row - 3, 0) : row + 4, max(column - half, 0) : column + half + 1] = True
        streak = spots.find_streak(luminance, row, column, half)
        if streak is not None:
            found.append((streak, float(length[k]), float(np.degrees(np.arctan2(dy[k], dx[k])))))
    return found


def streak_summary(found: Measured, predicted: Prediction) -> dict[str, Any]:
    """Return how long and in which direction streaks are, against the prediction, medians over those of one place."""
    ratios, turns = [], []
    for streak, length, angle in found:
        turn = (streak.angle_deg - angle + 90.0) % 180.0 - 90.0
        single = abs(turn) < STREAK_NEAR_DEG and length / 2.0 < streak.length < 2.0 * length
        if single and length > LEAST_STREAK_PX and streak.peak < UNSATURATED:
            ratios.append(streak.length / length)
            turns.append(turn)
    lengths = [predicted.scale * streak.length for streak, _, _ in found]
    return {
        "found": len(found), "measured": len(ratios), "length_px": middle(lengths),
        "length_over_predicted": middle(ratios), "turn_deg": middle(turns),
    }  # fmt: skip


def city_table(predicted: Prediction, found: Measured, exposure_s: float) -> list[dict[str, Any]]:
    """Return the largest cities in view, each with the brightest light near it on the photograph.

    `late_s`: how much later than the scene's instant a city is where it was found, by its way along its streak.
    """
    cities, table = predicted.cities, []
    for k in range(min(CITIES_LISTED, len(cities.x))):
        row: dict[str, Any] = {
            "name": cities.names[k], "population": int(cities.population[k]),
            "x": number(predicted.on_grid(cities.x[k]), 2), "y": number(predicted.on_grid(cities.y[k]), 2),
        }  # fmt: skip
        near = [each for each in found if np.hypot(each[0].x - cities.x[k], each[0].y - cities.y[k]) < CITY_NEAR_PX]
        if near:
            best, length, angle = max(near, key=lambda each: each[0].flux)
            way = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
            along = float(way @ [best.x - cities.x[k], best.y - cities.y[k]])
            row["photograph"] = {
                "dx": number(predicted.scale * (best.x - cities.x[k]), 2),
                "dy": number(predicted.scale * (best.y - cities.y[k]), 2),
                "length_px": number(predicted.scale * best.length, 1),
                "flux": number(best.flux, 3),
                "late_s": number(exposure_s * along / length, 3) if length > LEAST_STREAK_PX else None,
            }
        table.append(row)
    return table
