"""The same laws on less: scenes through a longer lens, which sees fewer maps, and is quicker by as much."""

from __future__ import annotations

from typing import Any


def changed(scene: Any, section: str, **settings: Any) -> Any:
    """Return the scene with some settings of a section changed."""
    return scene.model_copy(update={section: getattr(scene, section).model_copy(update=settings)})


def through_lens(scene: Any, focal_length_mm: float) -> Any:
    """Return the scene through a lens of this focal length, in place of its own."""
    return changed(scene, "camera", focal_length_mm=focal_length_mm)
