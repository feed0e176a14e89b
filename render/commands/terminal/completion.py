"""The words that a shell completes: names of scenes, devices, lines and all other options with a fixed list.

A shell asks at every key: nothing here imports NumPy, pydantic or Taichi. So lists whose home does are written down
once more; `tests/commands/test_completion.py` holds them against what the options take.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from copy import copy
from pathlib import Path
from typing import Annotated, get_args, get_origin

Completer = Callable[[str], list[str]]
"""Called with the word so far; returns the words that it may become."""

DEVICES = "auto", "cuda", "metal", "vulkan", "cpu"
QUALITIES = "preview", "standard", "final"
TONES = "camera", "pushed", "soft", "filmic", "linear"
NOISE_REDUCTIONS = "camera", "none"
GAMUTS = "srgb", "display_p3", "rec2020"
BITS = "8", "16"
SPECTRA = "maxwell", "mono", "gaussian", "kappa"
IONISATIONS = "refit", "fang2010"
AEROSOLS = "none", "background"
HEMISPHERES = "north", "south"
MERIDIANS = "geographic", "magnetic"
AURORA = (
    "557.7", "630.0", "427.8", "391.4", "777.4", "844.6", "636.4", "732", "520.0", "297.2", "337.1", "N2_1PG", "N2_2PG",
    "N2+_1NG", "N2+_1NG_sunlit", "N2+_Meinel", "O2+_1NG", "H-beta", "weak", "STEVE",
)  # fmt: skip
AIRGLOW = "Na", "OH", "O2_A", "O2_A01", "O2_Herzberg", "continuum"
BANDS = "391.4", "427.8", "337.1"
"""Of AURORA: bands that instruments and maps have by themselves, a frame as part of their systems."""
OF_FRAMES = tuple(key for key in (*AURORA, *AIRGLOW) if key not in BANDS)

MANY_FILES = 1000  # of a folder: more are not looked through


def one_of(*words: str) -> Completer:
    """Return what completes one of the words."""
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]


def list_of(words: Iterable[str]) -> Completer:
    """Return what completes the last of a list of words that are parted by commas, those before it not again."""
    known = tuple(words)

    def complete(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        used = before.split(",")
        return [f"{before}{comma}{word}" for word in known if word.startswith(last) and word not in used]

    return complete


def scenes_or_files(*suffixes: str) -> Completer:
    """Return what completes the name of a bundled scene, or a file's with one of the endings.

    Where neither fits, a shell looks for files by itself.
    """

    def complete(incomplete: str) -> list[str]:
        names = [name for name in bundled_names() if name.startswith(incomplete)]
        return [*names, *_files(incomplete, suffixes)]

    return complete


WORDS: dict[str, Completer] = {
    "scene": scenes_or_files(".toml"), "spectrum scene": scenes_or_files(".toml", ".exr"),
    "frame": scenes_or_files(".exr"), "device": one_of(*DEVICES), "quality": one_of(*QUALITIES),
    "tone": one_of(*TONES), "noise_reduction": one_of(*NOISE_REDUCTIONS), "gamut": one_of(*GAMUTS),
    "bits": one_of(*BITS), "false_colour": one_of(*OF_FRAMES), "map lines": list_of(AURORA),
    "lines": list_of((*AURORA, *AIRGLOW)), "emission spectrum": one_of(*SPECTRA), "ionisation": one_of(*IONISATIONS),
    "aerosol": one_of(*AEROSOLS), "ozone": one_of("none"), "hemisphere": one_of(*HEMISPHERES),
    "keogram azimuth": one_of(*MERIDIANS), "scenes name": scenes_or_files(),
}  # fmt: skip
"""What completes a parameter, by its name, or by the command's and its own."""


def with_words(name: str, parameter: inspect.Parameter) -> inspect.Parameter:
    """Return a parameter of the named command with what completes it, if WORDS has anything."""
    completer = WORDS.get(f"{name} {parameter.name}", WORDS.get(parameter.name))
    if completer is None or get_origin(parameter.annotation) is not Annotated:
        return parameter
    kind, *marks = get_args(parameter.annotation)
    completed = [copy(mark) for mark in marks]
    for mark in completed:
        mark.autocompletion = completer
    return parameter.replace(annotation=Annotated[(kind, *completed)])


def bundled_names() -> list[str]:
    """Return the names of the scenes that come with polarlight, as `render.scene.bundled_scenes` has them."""
    render = Path(__file__).resolve().parents[2]
    folder = render / "_scenes" if (render / "_scenes").is_dir() else render.parent / "scenes"
    return sorted(path.stem for path in folder.glob("*.toml"))


def _files(incomplete: str, suffixes: tuple[str, ...]) -> list[str]:
    """Return the files that a word may become, as it is written; none whose name a shell would split."""
    folder, slash, start = incomplete.rpartition("/")
    found: list[str] = []
    try:
        place = Path(f"{folder}{slash}" or ".").expanduser()
        for count, path in enumerate(place.iterdir()):
            fits = path.name.startswith(start) and path.suffix.lower() in suffixes and path.name.isprintable()
            if fits and not set(path.name) & set(" '\"\\$`*?[]()<>|;&!:"):
                found.append(f"{folder}{slash}{path.name}")
            if count >= MANY_FILES:
                break
    except (OSError, RuntimeError, ValueError):  # no such folder, no home, no path
        pass
    return sorted(found)
