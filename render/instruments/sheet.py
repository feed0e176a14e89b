"""The sheet of a comparison: photograph, render and difference side by side, with what should stand where over both."""

from __future__ import annotations

import unicodedata
from typing import Any

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from render.imaging.colour import Image
from render.instruments.landmarks import Line
from render.instruments.photograph import Picture
from render.instruments.prediction import Prediction

GAP = 6  # pixels between panels
LINES = {"limb": (90, 200, 255), "airglow_97_km": (255, 220, 90)}  # 8-bit sRGB of each outline
GRATICULE, STAR, CITY, TEXT, FRAME = (78, 96, 112), (255, 150, 220), (255, 170, 80), (225, 225, 225), (18, 18, 20)
FAINTEST_MARKED, MOST_STARS_NAMED, MOST_CITIES_NAMED = 4.6, 24, 10  # mag, V; names on a panel
TEXT_SHARE = 1.0 / 52.0  # of a panel's height: the size of letters


def comparison_sheet(
    photograph: Picture, rendered: Picture, predicted: Prediction, found: dict[str, Any], title: str
) -> Image:
    """Return a sheet of two by two panels, encoded sRGB: photograph, render, difference, and the main numbers.

    Difference: grey where both agree, lighter where the render is brighter, in encoded values. Both pictures are of the
    prediction's size; `found`: of `render.instruments.comparison.compare`.
    """
    columns, rows = photograph.size
    size = max(9, round(rows * TEXT_SHARE))
    sheet = Pillow.new("RGB", (2 * columns + GAP, 2 * rows + GAP), FRAME)
    marked = [_marked(picture, predicted, size) for picture in (photograph, rendered)]
    difference = np.clip(0.5 + 0.5 * (rendered.encoded - photograph.encoded), 0.0, 1.0)
    places = ((0, 0), (columns + GAP, 0), (0, rows + GAP))
    labels = (f"photograph   {title}", "render", "render - photograph")
    for panel, place, label in zip((*marked, _eight_bits(difference)), places, labels, strict=True):
        ImageDraw.Draw(panel).text((size, size // 2), label, fill=TEXT, font=_font(size))
        sheet.paste(panel, place)
    pen, line = ImageDraw.Draw(sheet), 1.45 * size
    for number, text in enumerate(summary(found)):
        pen.text((columns + GAP + size, rows + GAP + size + number * line), text, fill=TEXT, font=_font(size))
    return Image(np.asarray(sheet, np.float32) / np.float32(255.0))


def summary(found: dict[str, Any]) -> list[str]:
    """Return the main numbers of a comparison, line by line, for people."""
    grid = found["pixels_of"]
    out = [f"pixels of {grid[0]} x {grid[1]}; photograph less prediction, x to the right, y down", ""]
    for name in ("limb", "airglow_97_km"):
        rows = [entry for entry in found["lines"][name][::4] if entry["row"] is not None]
        at = ", ".join(f"{entry['row']:.1f} at column {entry['column']:.0f}" for entry in rows)
        out.append(f"{'limb' if name == 'limb' else '97 km'}, rows: {at or 'not in the picture'}")
    for name in ("photograph", "render"):
        edge = found["edges"][name]
        parts = [
            f"{kind} {value['median_px']:+.1f} px (rms {value['rms_px']:.1f}, {len(value['sections'])} sections)"
            for kind, value in edge.items() if value["median_px"] is not None
        ]  # fmt: skip
        out.append(f"seen above prediction, {name}: {'; '.join(parts) or 'no edge clear enough'}")
    out.append("")
    for name in ("photograph", "render"):
        off = found["star_offsets"][name]
        if off["stars"]:
            fit = off.get("after_fit")
            left = f"; after shift, turn, scale {fit['rms_px'][0]}, {fit['rms_px'][1]}" if fit else ""
            out.append(f"{off['stars']} stars, {name}: rms {off['rms_px'][0]}, {off['rms_px'][1]} px{left}")
        else:
            out.append(f"no star found, {name}")
    out += ["", *_pair_lines(found)]
    for star_sum in found["star_sums"]:
        if star_sum.get("render_over_photograph"):
            low, high = star_sum["v"]
            out.append(
                f"stars V {low:g} to {high:g} ({star_sum['stars']}), mean light: {star_sum['photograph']:.4f}, "
                f"{star_sum['render']:.4f}, ratio {star_sum['render_over_photograph']:.2f}"
            )
    out.append("")
    for zone, value in found["zones"].items():
        rgb = [" ".join(f"{part:.4f}" for part in value[name]) for name in ("photograph", "render")]
        out.append(f"{zone}, linear R G B: {rgb[0]} | {rgb[1]} | ratio {value['render_over_photograph']:.2f}")
    return out


def _pair_lines(found: dict[str, Any]) -> list[str]:
    """Return the lines of what is one number for each of the two pictures."""
    two = [found["streaks"][name] for name in ("photograph", "render")]
    out = [
        "photograph | render",
        "peaks above 24 of 255: sky " + " | ".join(str(found["peaks"][n]["sky"]) for n in ("photograph", "render"))
        + ", ground " + " | ".join(str(found["peaks"][n]["ground"]) for n in ("photograph", "render")),
        "star width, FWHM px: " + " | ".join(_or_none(found["star_fwhm_px"][n]) for n in ("photograph", "render")),
        f"city streaks: {two[0]['measured']} | {two[1]['measured']}, length over prediction "
        + " | ".join(_or_none(each["length_over_predicted"]) for each in two),
    ]  # fmt: skip
    if found["cities_late_s"] is not None:
        out.append(f"cities lie where they are {found['cities_late_s']:+.2f} s from the scene's instant")
    grain, corner = found["grain"], found["corners_stops"]
    for label, table, keys in (
        ("grain, sd of 255 / lag-1", grain, ("scatter_255", "lag_1")),
        ("stars at 0.5 / 0.8 of the half diagonal, stops", corner, ("at_0.5", "at_0.8")),
    ):
        sides = [
            " / ".join(f"{table[n][key]:.2f}" for key in keys) if table[n] else "-" for n in ("photograph", "render")
        ]
        out.append(f"{label}: {sides[0]} | {sides[1]}")
    return out


def _or_none(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _marked(picture: Picture, predicted: Prediction, size: int) -> Pillow.Image:
    """Return a panel with graticule, outlines, stars and cities drawn over it."""
    panel = _eight_bits(picture.encoded)
    pen, font = ImageDraw.Draw(panel), _font(round(0.85 * size))
    for label, line in predicted.graticule:
        at = _draw(pen, line, predicted, GRATICULE)
        if at is not None:
            pen.text(at, label, fill=GRATICULE, font=font)
    for name, colour in LINES.items():
        _draw(pen, predicted.outlines[name], predicted, colour)
    stars, cities = predicted.stars, predicted.cities
    written = [(0.0, 0.0, 40.0 * size, 2.0 * size)]  # the panel's own label
    marked = list(zip(stars.x, stars.y, stars.v, stars.names, strict=True))[:MOST_STARS_NAMED]
    for x, y, v, name in marked:
        if v > FAINTEST_MARKED:
            break
        _ring(pen, x, y, 0.55 * size, STAR)
        _label(pen, (x + 0.6 * size, y - 1.3 * size), name, STAR, font, written)
    for x, y, name in list(zip(cities.x, cities.y, cities.names, strict=True))[:MOST_CITIES_NAMED]:
        half = 0.45 * size
        pen.rectangle((x - 1 - half, y - 1 - half, x - 1 + half, y - 1 + half), outline=CITY)
        _label(pen, (x + 0.6 * size, y - 0.2 * size), name, CITY, font, written)
    return panel


def _draw(
    pen: ImageDraw.ImageDraw, line: Line, predicted: Prediction, colour: tuple[int, int, int]
) -> tuple[float, float] | None:
    """Draw the parts of a line that are on the panel; return a point on it for its label."""
    x, y = line
    on = np.asarray(predicted.camera.holds(x, y))
    parts = np.split(np.arange(len(x)), np.flatnonzero(np.diff(on.astype(int)) != 0) + 1)
    at = None
    for part in parts:
        if len(part) > 1 and on[part[0]]:
            pen.line([(float(x[k]) - 1.0, float(y[k]) - 1.0) for k in part], fill=colour, width=1)
            middle = part[len(part) // 2]
            at = float(x[middle]) + 2.0, float(y[middle]) + 1.0
    return at


def _label(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], name: str, colour: tuple[int, int, int], font: Any,
    written: list[tuple[float, float, float, float]],
) -> None:  # fmt: skip
    """Write a name where no other stands yet; `written`: the boxes of those that do, added to."""
    box = pen.textbbox(at, _plain(name), font=font)
    if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in written):
        return
    written.append(box)
    pen.text(at, _plain(name), fill=colour, font=font)


def _ring(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: tuple[int, int, int]) -> None:
    pen.ellipse((x - 1 - radius, y - 1 - radius, x - 1 + radius, y - 1 + radius), outline=colour)


def _eight_bits(encoded: np.ndarray) -> Pillow.Image:
    return Pillow.fromarray((np.clip(encoded, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8))


def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def _plain(name: str) -> str:
    """Return a name in letters that Pillow's own font has."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
