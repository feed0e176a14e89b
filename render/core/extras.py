"""Packages that come only with an extra of the installation: plots and NetCDF."""

from __future__ import annotations

import importlib

from render.core.errors import InputError


def require(what: str, extra: str, *modules: str) -> None:
    """Import the modules that `what` (an option or a file) needs. Raises InputError with the pip command."""
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError:
            command = f"pip install {' '.join(modules)}"
            raise InputError(
                f"{what} needs {module}, which is not installed; run: {command} (polarlight's extra {extra!r})"
            ) from None
