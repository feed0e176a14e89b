"""The commands, put together as one Typer application, and those that tell what is here: scenes, schema, and so on."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from render.commands import emission, facts, limb, oval, pictures, power, spectrum
from render.commands import map as map_command
from render.commands.console import say
from render.commands.terminal.loudness import QuietOption, VerboseOption
from render.commands.terminal.offered import offered
from render.core import __version__
from render.core.errors import InputError
from render.core.messages import did_you_mean, shown

CREDITS = """\
polarlight {version}, MIT licence
Spectral rendering of the aurora as seen from orbit.

Data that come with it, and whom to thank:
  cities               GeoNames (geonames.org), CC-BY 4.0
  stars                Hipparcos and Tycho Catalogues (ESA 1997, I/311)
  names of stars       IAU Catalog of Star Names (Working Group on Star Names), CC BY
  land and sea         global-land-mask (T. Karin), from GLOBE (NOAA)
  main field           IGRF-14 (IAGA V-MOD)
  oval                 Zhang & Paxton 2008; Starkov 1994; Gussenhoven et al. 1983
  Kp by date           GFZ Potsdam (Matzka et al. 2021, doi.org/10.5880/Kp.0001), CC BY 4.0
  F10.7 by date        NRC Canada, by way of CelesTrak (https://celestrak.org/SpaceData/)
  ISS by date          elements of the US Space Force
  ionisation           Fang et al. 2010
  solar spectrum       ASTM G-173 (NREL), extraterrestrial column, by way of pvlib
  camera, CIE tables   colour-science (BSD-3); CIE 1931 standard observer
Computed by:
  upper atmosphere     NRLMSIS 2.1 (NRL), by way of pymsis
  orbit                SGP4 (Vallado et al. 2006), by way of sgp4
  Sun, Moon, frames    Skyfield with JPL DE421
  light                Taichi

Sources stand at the head of each file in render/data and beside each constant."""

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
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    if context.invoked_subcommand is None:
        say(context.get_help())


def scenes(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Print this scene's text instead, to change.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print names, titles and files as JSON.")] = False,
) -> None:
    """List the bundled scenes; their names work wherever a SCENE is expected.

    Examples:

    polarlight scenes

    polarlight scenes quiet_arc > mine.toml
    """
    from render.scene import bundled_scenes, scene_title  # noqa: PLC0415

    if name:
        _say_scene(name, as_json)
        return
    found = {name: (scene_title(path), path) for name, path in bundled_scenes().items()}
    if as_json:
        say(
            json.dumps([{"name": n, "title": title, "file": str(path)} for n, (title, path) in found.items()], indent=2)
        )
        return
    longest = max(map(len, found))
    for known, (title, _) in found.items():
        say(f"{known:<{longest}}  {title}")


def _say_scene(name: str, as_json: bool) -> None:
    """Print a bundled scene's own text. Raises InputError for another name, and beside --json."""
    from render.scene import bundled_scenes  # noqa: PLC0415

    found = bundled_scenes()
    if as_json:
        raise InputError(f"--json beside {shown(name)}: a scene's text is TOML; allowed: one of the two")
    if name not in found:
        raise InputError(f"no scene named {shown(name)}; {did_you_mean(name, found)}`polarlight scenes` lists them")
    say(found[name].read_text(encoding="utf-8").removesuffix("\n"))


def schema() -> None:
    """Print the JSON Schema of a scene file, for editors that complete and check TOML.

    Example: polarlight schema > polarlight.schema.json
    """
    from render.scene import scene_schema  # noqa: PLC0415

    say(json.dumps(scene_schema(), indent=2))


def devices() -> None:
    """List the devices that work here, by the names that --device takes.

    Example: polarlight devices
    """
    from render import device  # noqa: PLC0415

    for name, label in device.available():
        say(f"{name:<8} {label}")


def about() -> None:
    """Say what polarlight is made of, and whom to credit.

    Example: polarlight about
    """
    say(CREDITS.format(version=__version__))


for _command in (
    pictures.render,
    pictures.develop,
    spectrum.spectrum,
    emission.emission,
    limb.limb,
    oval.oval,
    power.power,
    map_command.map,
    facts.check,
    facts.where,
    scenes,
    schema,
    devices,
    about,
):
    app.command()(offered(_command))
