"""A photograph held against its scene: where things stand, and how bright they are, in numbers.

Pixels are told on the scene's own grid (a solved photograph's full size), counted from 1 at the top left. Offsets are
photograph less prediction.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from render.frame.moment import Moment
from render.instruments import landmarks, spots, surfaces
from render.instruments.ground_lights import PEAK_255, city_table, streak_summary, streaks_on
from render.instruments.photograph import LUMINANCE, Picture
from render.instruments.prediction import Prediction, middle, number
from render.scene import Scene

FAINTEST_PLACED = 5.5  # mag, V, of stars whose place is measured
MAGNITUDES = (4.0, 5.0, 6.0, 7.0, 8.0)  # mag, V: edges of the bins of star sums
FEWEST_SECTIONS = 3  # of the picture's eight in which an edge must be seen to be taken for one
REJECTED = 4.0  # times the median distance from the fitted shift: another light than the star


def compare(
    scene: Scene, moment: Moment, photograph: Picture, rendered: Picture, predicted: Prediction
) -> dict[str, Any]:
    """Return the comparison of two pictures of the moment's size as plain numbers, ready for JSON."""
    pictures = {"photograph": photograph, "render": rendered}
    placed = {name: _placed(picture, predicted) for name, picture in pictures.items()}
    shift = _shift(placed["photograph"], predicted)
    streaks = {name: streaks_on(scene, moment, picture, predicted) for name, picture in pictures.items()}
    cities = city_table(predicted, streaks["photograph"], moment.camera.exposure_s)
    late = [entry["photograph"]["late_s"] for entry in cities if "photograph" in entry]
    grid = [round(predicted.scale * predicted.camera.columns), round(predicted.scale * predicted.camera.rows)]
    return {
        "picture_px": list(photograph.size),
        "pixels_of": grid,
        "lines": {name: _rows(predicted, name) for name in predicted.outlines},
        "edges": {
            name: {kind: _edges(picture, predicted, kind) for kind in ("limb", "airglow")}
            for name, picture in pictures.items()
        },
        "stars": _star_table(predicted, placed),
        "star_offsets": {name: _offsets(found, predicted) for name, found in placed.items()},
        "star_fwhm_px": {name: middle([s.fwhm * predicted.scale for s in f.values()]) for name, f in placed.items()},
        "star_sums": _star_sums(pictures, predicted, {"photograph": shift, "render": (0.0, 0.0)}),
        "peaks": {name: _peaks(picture, predicted) for name, picture in pictures.items()},
        "corners_stops": {name: _corners(found, predicted) for name, found in placed.items()},
        "cities": cities,
        "cities_late_s": middle([value for value in late if value is not None]),
        "streaks": {name: streak_summary(found, predicted) for name, found in streaks.items()},
        "zones": _zones(pictures, predicted),
        "grain": {name: surfaces.grain(p.encoded, predicted.altitude_km > 200.0) for name, p in pictures.items()},
    }


def _rows(predicted: Prediction, name: str) -> list[dict[str, float | None]]:
    """Return the rows of an outline on evenly spaced columns, both edges of the picture included."""
    camera, found = predicted.camera, []
    for share in np.linspace(0.0, 1.0, 9):
        column = 1.0 + share * (predicted.scale * camera.columns - 1.0)  # of the grid
        on_picture = (column - 0.5) / predicted.scale + 0.5
        row = landmarks.row_on_column(camera, predicted.outlines[name], on_picture)
        found.append({"column": round(column, 2), "row": number(predicted.on_grid(row), 2)})
    return found


def _placed(picture: Picture, predicted: Prediction) -> dict[int, spots.Spot]:
    """Return index of a star -> it as found on a picture, of bright stars that stand alone."""
    stars = predicted.stars
    alone = spots.uncrowded(stars.x, stars.y, stars.v)
    found = {}
    for k in np.flatnonzero(alone & (stars.v < FAINTEST_PLACED)):
        spot = spots.find_star(picture.luminance, float(stars.x[k]), float(stars.y[k]))
        if spot is not None:
            found[int(k)] = spot
    return _without_strangers(found, predicted)


def _without_strangers(found: dict[int, spots.Spot], predicted: Prediction) -> dict[int, spots.Spot]:
    """Return what was found without what lies far from where the others put it."""
    if len(found) < 4:
        return found
    x, y = predicted.stars.x, predicted.stars.y
    off = np.array([[spot.x - x[k], spot.y - y[k]] for k, spot in found.items()])
    away = np.linalg.norm(off - np.median(off, axis=0), axis=-1)
    kept = away <= max(REJECTED * float(np.median(away)), 0.5)  # half a pixel: never closer
    return {k: spot for (k, spot), keep in zip(found.items(), kept, strict=True) if keep}


def _shift(found: dict[int, spots.Spot], predicted: Prediction) -> tuple[float, float]:
    """Return by how much stars are displaced, pixels of the picture: the median."""
    if not found:
        return 0.0, 0.0
    off = [(spot.x - predicted.stars.x[k], spot.y - predicted.stars.y[k]) for k, spot in found.items()]
    return tuple(float(value) for value in np.median(off, axis=0))  # type: ignore[return-value]


def _star_table(predicted: Prediction, placed: dict[str, dict[int, spots.Spot]]) -> list[dict[str, Any]]:
    """Return the stars that have a name or were found: where they should be, where they are, and how bright."""
    stars, table = predicted.stars, []
    for k in range(len(stars.x)):
        photographed, drawn = placed["photograph"].get(k), placed["render"].get(k)
        if not (photographed or drawn or stars.names[k]):
            continue
        row: dict[str, Any] = {
            "name": stars.names[k], "v": round(float(stars.v[k]), 2),
            "x": number(predicted.on_grid(stars.x[k]), 2), "y": number(predicted.on_grid(stars.y[k]), 2),
        }  # fmt: skip
        for label, spot in (("photograph", photographed), ("render", drawn)):
            if spot is not None:
                row[label] = {
                    "dx": number(predicted.scale * (spot.x - stars.x[k]), 2),
                    "dy": number(predicted.scale * (spot.y - stars.y[k]), 2),
                    "flux": number(spot.flux, 4),
                }
        if photographed and drawn:
            row["render_over_photograph"] = number(drawn.flux / photographed.flux, 3)
        table.append(row)
    return table


def _offsets(found: dict[int, spots.Spot], predicted: Prediction) -> dict[str, Any]:
    """Return the rms of the stars' offsets, pixels of the grid, as they are and after a shift, turn and scale."""
    if not found:
        return {"stars": 0}
    index = np.array(list(found))
    there = predicted.scale * np.array([[spot.x, spot.y] for spot in found.values()])
    here = predicted.scale * np.stack([predicted.stars.x[index], predicted.stars.y[index]], axis=-1)
    off = there - here
    out: dict[str, Any] = {
        "stars": len(found),
        "mean_px": [number(value, 2) for value in off.mean(axis=0)],
        "rms_px": [number(value, 2) for value in np.sqrt((off**2).mean(axis=0))],
    }
    if len(found) >= 4:
        z = (here - here.mean(axis=0)) @ [1.0, 1.0j]
        w = (there - there.mean(axis=0)) @ [1.0, 1.0j]
        turn = complex(np.vdot(z, w) / np.vdot(z, z))
        left = w - turn * z
        out["after_fit"] = {
            "scale": number(abs(turn), 6), "turn_deg": number(np.degrees(np.angle(turn)), 4),
            "rms_px": [number(np.sqrt((part**2).mean()), 2) for part in (left.real, left.imag)],
        }  # fmt: skip
    return out


def _edges(picture: Picture, predicted: Prediction, kind: str) -> dict[str, Any]:
    """Return how far above the predicted line the limb, or airglow's crest, shows, pixels of the grid, by section."""
    line_km = 0.0 if kind == "limb" else landmarks.AIRGLOW_KM
    found = surfaces.edges(picture.luminance, predicted.altitude_km, line_km, kind)
    above = np.array([predicted.scale * edge.above_px for edge in found])
    enough = len(above) >= FEWEST_SECTIONS
    return {
        "sections": [
            {"column": number(predicted.on_grid(edge.column), 1), "above_px": number(px, 2),
             "altitude_km": number(edge.altitude_km, 2)}
            for edge, px in zip(found, above, strict=True)
        ],
        "median_px": number(np.median(above), 2) if enough else None,
        "rms_px": number(np.sqrt((above**2).mean()), 2) if enough else None,
    }  # fmt: skip


def _star_sums(
    pictures: dict[str, Picture], predicted: Prediction, shifts: dict[str, tuple[float, float]]
) -> list[dict[str, Any]]:
    """Return the mean light of stars above the aurora by bins of magnitude, in white pixels of the picture."""
    stars, table = predicted.stars, []
    row, column = (np.clip(np.round(c).astype(int) - 1, 0, n - 1) for c, n in (
        (stars.y, predicted.camera.rows), (stars.x, predicted.camera.columns)))  # fmt: skip
    dark = predicted.altitude_km[row, column] > surfaces.ZONES_KM["red"][0]
    alone = spots.uncrowded(stars.x, stars.y, stars.v) & dark
    for low, high in itertools.pairwise(MAGNITUDES):
        of = alone & (stars.v >= low) & (stars.v < high)
        entry: dict[str, Any] = {"v": [low, high], "stars": int(of.sum())}
        for name, picture in pictures.items():
            dx, dy = shifts[name]
            sums = spots.aperture_sums(picture.luminance, stars.x[of] + dx, stars.y[of] + dy)
            sums = sums[np.isfinite(sums)]
            entry[name] = number(sums.mean(), 4) if len(sums) else None
        if entry["photograph"] and entry["render"]:
            entry["render_over_photograph"] = number(entry["render"] / entry["photograph"], 3)
        table.append(entry)
    return table


def _peaks(picture: Picture, predicted: Prediction) -> dict[str, int]:
    """Return how many points of light stand out, by more than PEAK_255, above the limb and below it."""
    rows, columns = spots.peaks(picture.over_background, PEAK_255 / 255.0, np.ones(predicted.altitude_km.shape, bool))
    above = int((predicted.altitude_km[rows, columns] > 0.0).sum())
    return {"sky": above, "ground": len(rows) - above}


def _corners(found: dict[int, spots.Spot], predicted: Prediction) -> dict[str, float] | None:
    """Return how much fainter stars are off the middle, stops; see `surfaces.corner_stops`."""
    index = np.array(list(found), int)
    camera, stars = predicted.camera, predicted.stars
    middle = 0.5 * (camera.columns + 1), 0.5 * (camera.rows + 1)
    radius = np.hypot(stars.x[index] - middle[0], stars.y[index] - middle[1])
    half = 0.5 * np.hypot(camera.columns, camera.rows)
    stops = surfaces.corner_stops(radius / half, stars.v[index], np.array([spot.flux for spot in found.values()]))
    return None if stops is None else {name: round(value, 2) for name, value in stops.items()}


def _zones(pictures: dict[str, Picture], predicted: Prediction) -> dict[str, Any]:
    """Return the mean linear light of each zone in both pictures, and the render's luminance over the photograph's."""
    means = {name: surfaces.zone_means(picture.linear, predicted.altitude_km) for name, picture in pictures.items()}
    out: dict[str, Any] = {}
    for zone, rgb in means["photograph"].items():
        drawn = means["render"][zone]
        ratio = float(np.dot(drawn, LUMINANCE)) / max(float(np.dot(rgb, LUMINANCE)), 1e-9)
        out[zone] = {
            "photograph": [number(value, 5) for value in rgb], "render": [number(value, 5) for value in drawn],
            "render_over_photograph": number(ratio, 3),
        }  # fmt: skip
    return out
