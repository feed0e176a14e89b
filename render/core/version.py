"""The version of polarlight."""

__version__ = "0.4.0"  # the same as in pyproject.toml; a test compares them
