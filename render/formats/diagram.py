"""Diagrams of Matplotlib as PNG, PDF and SVG files, drawn in memory: Matplotlib's own writers leave half a file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from render.core import __version__
from render.core.files import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DIAGRAM_SUFFIXES = (".png", ".pdf", ".svg")


def write_diagram(path: str | Path, figure: Figure) -> None:
    """Write the figure in the format of the path's ending, without dates: the same diagram is the same file.

    Raises OutputError where the place cannot be written.
    """
    import matplotlib  # noqa: PLC0415 - an extra

    software = f"polarlight {__version__}"
    by_format = {
        ".png": {"Software": software},
        ".pdf": {"Creator": software, "CreationDate": None},
        ".svg": {"Creator": software, "Date": None},
    }
    suffix = Path(path).suffix.lower()
    drawn = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "polarlight"}):
        figure.savefig(drawn, format=suffix[1:], metadata=by_format[suffix])
    with whole_file(path) as part:
        part.write_bytes(drawn.getbuffer())
