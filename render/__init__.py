"""polarlight: the aurora as seen from orbit, line by line, from the solar wind to the photograph.

    import render

    scene = render.load_scene("angels_singing")
    frame = render.render_frame(scene, size=(960, 540))

`import polarlight` gives the same. Names are looked up on first use, so that importing one part loads only what that
part needs.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from render.core import __version__

if TYPE_CHECKING:
    from render.core.epoch import Epoch
    from render.core.errors import PolarlightError
    from render.films.film import render_film
    from render.frame.development import develop_frame
    from render.frame.render import render_frame
    from render.frame.result import Frame
    from render.scene import Scene, bundled_scenes, load_scene
    from render.viewer.notebook.view import view

__all__ = [
    "Epoch",
    "Frame",
    "PolarlightError",
    "Scene",
    "__version__",
    "bundled_scenes",
    "develop_frame",
    "load_scene",
    "render_film",
    "render_frame",
    "view",
]


def _cache_folder_without_home() -> str:
    """Return the cache folder of the user's entry in the system's list; where there is none, what is no folder."""
    import pwd  # noqa: PLC0415 - POSIX only

    try:
        return os.path.join(pwd.getpwuid(os.getuid()).pw_dir, ".cache")
    except KeyError:
        return os.devnull


if os.name == "posix" and not (os.environ.get("XDG_CACHE_HOME") or os.environ.get("HOME")):
    # Taichi's import ends the process where neither is set, and writes below / where they are empty
    os.environ["XDG_CACHE_HOME"] = _cache_folder_without_home()

_HOME = {
    "Epoch": "render.core.epoch",
    "Frame": "render.frame.result",
    "PolarlightError": "render.core.errors",
    "Scene": "render.scene",
    "bundled_scenes": "render.scene",
    "develop_frame": "render.frame.development",
    "load_scene": "render.scene",
    "render_film": "render.films.film",
    "render_frame": "render.frame.render",
    "view": "render.viewer.notebook.view",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use. Raises AttributeError for any other name."""
    if name not in _HOME:
        raise AttributeError(f"module 'render' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """Return the public names, also those that were not used yet."""
    return sorted({*globals(), *__all__})
