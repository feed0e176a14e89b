"""The march as tests call it: with host arrays, and with single arrays of a stage put in the place of others."""

from dataclasses import replace

from render import device as devices
from render.integrator.airglow import device_layers
from render.integrator.aurora.march import march_aurora
from render.integrator.lattice import EVERY_PIXEL, Part
from render.integrator.view import device_view, lower_air
from shaders.aurora import march


def marched(stage, layers, limb, camera, position_km, first_row, rows, upward=None, arcs=None, sampling=EVERY_PIXEL):
    """Return rayleighs [line, row, column]; `layers` of `airglow.layer_table`, `limb` and `upward` of `lower_air`."""
    view, air = device_view(camera, position_km), lower_air(limb, upward)
    part = Part(camera.rows, camera.columns, first_row, rows)
    return march_aurora(stage, device_layers(layers), air, view, part, sampling, arcs)


def with_arrays(stage, **arrays):
    """Return an aurora's stage with host arrays in the place of some in its packs, by their names there."""
    packs = {}
    for name, kind in (("maps", march.Maps), ("tables", march.Tables)):
        held = getattr(stage, name)
        mine = {
            key: devices.upload(arrays.pop(key), vectors=key in ("texels", "past")) if key in arrays
            else getattr(held, key)
            for key in kind.members
        }  # fmt: skip
        packs[name] = devices.pack(kind, **mine)
    assert not arrays
    return replace(stage, **packs)
