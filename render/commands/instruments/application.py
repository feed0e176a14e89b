"""The whole application: the commands of `render.commands` and those of instruments."""

from __future__ import annotations

from render.commands.application import app
from render.commands.instruments import allsky, compare, keogram
from render.commands.terminal.offered import offered

for _command in (compare.compare, keogram.keogram, allsky.allsky):
    app.command()(offered(_command))
