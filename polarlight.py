"""polarlight: the aurora as seen from orbit, line by line, from the solar wind to the photograph.

    import polarlight

    scene = polarlight.load_scene("angels_singing")
    frame = polarlight.render_frame(scene, size=(960, 540))

The face of the package `render` under the name by which it is installed: the same names, the same objects. They are
looked up on first use, as there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import render

if TYPE_CHECKING:
    from render import *  # noqa: F403 - for editors; at run time names are looked up below

__all__ = list(render.__all__)


def __getattr__(name: str) -> Any:
    """Return a public name of `render` on first use. Raises AttributeError for any other name."""
    if name not in render.__all__:
        raise AttributeError(f"module 'polarlight' has no attribute {name!r}")
    return getattr(render, name)


def __dir__() -> list[str]:
    """Return the public names, also those that were not used yet."""
    return sorted({*globals(), *__all__})
