"""What the tests of a drive's files share."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def write(tmp_path):
    def write(content, name="drive.txt"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write
