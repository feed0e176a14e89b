"""The commands, put together as one Typer application."""

from __future__ import annotations

from typing import Annotated

import typer

from render.commands import catalogue, emission, facts, limb, oval, pictures, power, spectrum
from render.commands import map as map_command
from render.commands.console import say
from render.core import __version__

app = typer.Typer(
    name="polarlight",
    help="Render the aurora as seen from orbit: spectral, in rayleighs, from the solar wind to the photograph.",
    epilog="Start with: polarlight render angels_singing",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(requested: bool) -> None:
    if requested:
        say(f"polarlight {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        say(context.get_help())


for _command in (
    pictures.render,
    pictures.film,
    pictures.develop,
    spectrum.spectrum,
    emission.emission,
    limb.limb,
    oval.oval,
    power.power,
    map_command.map,
    facts.check,
    facts.where,
    catalogue.scenes,
    catalogue.schema,
    catalogue.devices,
    catalogue.about,
):
    app.command()(_command)
