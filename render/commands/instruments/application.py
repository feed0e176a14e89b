"""The whole application: the commands of `render.commands`, those of films and the window, those of instruments."""

from __future__ import annotations

from render.commands.application import app
from render.commands.films import film
from render.commands.instruments import allsky, compare, keogram
from render.commands.terminal.offered import offered
from render.commands.viewing import view

app.command()(offered(film.film))
app.registered_commands.insert(1, app.registered_commands.pop())  # beside `render`, where people look for it
app.command()(offered(view.view))
app.registered_commands.insert(2, app.registered_commands.pop())
for _command in (compare.compare, keogram.keogram, allsky.allsky):
    app.command()(offered(_command))
