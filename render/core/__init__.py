"""Ground floor: units, time, geometry, lines, errors, files: what every room uses. And the version of polarlight."""

__version__ = "0.6.0"  # the same as in pyproject.toml; a test compares them
