"""Tests; `REFERENCE` holds what outside models and photographs gave, each file with its source."""

from pathlib import Path

REFERENCE = Path(__file__).parent / "reference"
