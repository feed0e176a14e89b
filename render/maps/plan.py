"""What is mapped, how large and in which colours."""

from __future__ import annotations

from dataclasses import dataclass, replace

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.integrator.above.area import MapArea
from render.maps.aurora_map import AuroraMap, aurora_map
from render.maps.layout import Layout, layout
from render.maps.picture import ceiling_kr
from render.scene import Scene


@dataclass(frozen=True)
class MapPlan:
    """What is to be mapped, and how large: `size` (width, height) of the file's picture, pixels.

    `plain`: the map alone, without letters; `ceilings_kr`: where each line's scale ends, None: as the light asks for.
    """

    keys: tuple[str, ...]
    latitude_deg: float
    longitude_deg: float
    width_km: float
    size: tuple[int, int]
    plain: bool = False
    ceilings_kr: tuple[float, ...] | None = None

    @property
    def layout(self) -> Layout:
        """Return where the maps stand. Raises InputError where there is no room for them."""
        try:
            return layout(self.size, len(self.keys))
        except ValueError as error:
            raise InputError(f"--size {error}; ask for a larger one, or for --plain") from None

    @property
    def area(self) -> MapArea:
        """Return the area, in the map's own pixels. Raises InputError where there is no room for it."""
        columns, rows = self.size if self.plain else self.layout.maps[0][2:]
        return MapArea(self.latitude_deg, self.longitude_deg, self.width_km, columns, rows)

    @property
    def words(self) -> str:
        """Return in one line what distinguishes this map from another of the same scene."""
        ends = "" if self.ceilings_kr is None else " to " + ",".join(f"{value:g}" for value in self.ceilings_kr)
        where = f"{self.latitude_deg:g},{self.longitude_deg:g} {self.width_km:g} km"
        return f"map of {','.join(self.keys)}{ends} at {where}{' plain' if self.plain else ''}"


def make_map(scene: Scene, epoch: Epoch, plan: MapPlan, device: str = "auto") -> AuroraMap:
    """Return the map of a plan at an instant. Raises as `aurora_map`."""
    return aurora_map(scene, epoch, plan.area, plan.keys, device)


def own_scale(plan: MapPlan, *maps: AuroraMap) -> MapPlan:
    """Return the plan with scales that show these maps, where it leaves them open."""
    if plan.ceilings_kr is not None:
        return plan
    brightest = (max(ceiling_kr(made.kilorayleighs[k]) for made in maps) for k in range(len(plan.keys)))
    return replace(plan, ceilings_kr=tuple(brightest))
