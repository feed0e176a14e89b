"""What is shown from above, how large and in which colours."""

from __future__ import annotations

from dataclasses import dataclass, replace

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.integrator.above.area import AreaFromAbove
from render.maps.from_above import AuroraFromAbove, aurora_from_above
from render.maps.layout import Layout, layout
from render.maps.picture import ceiling_kr
from render.scene import Scene


@dataclass(frozen=True)
class PicturePlan:
    """What is to be shown from above, and how large: `size` (width, height) of the file's picture, pixels.

    `plain`: the light alone, without letters; `ceilings_kr`: where each line's scale ends, None: as the light asks for.
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
        """Return where the panels stand. Raises InputError where there is no room for them."""
        try:
            return layout(self.size, len(self.keys))
        except ValueError as error:
            raise InputError(f"--size {error}; ask for that, or for --plain") from None

    @property
    def area(self) -> AreaFromAbove:
        """Return the area, in a panel's pixels. Raises InputError where there is no room for it."""
        columns, rows = self.size if self.plain else self.layout.panels[0][2:]
        return AreaFromAbove(self.latitude_deg, self.longitude_deg, self.width_km, columns, rows)

    @property
    def words(self) -> str:
        """Return in one line what distinguishes this picture from another of the same scene."""
        ends = "" if self.ceilings_kr is None else " to " + ",".join(f"{value:g}" for value in self.ceilings_kr)
        where = f"{self.latitude_deg:g},{self.longitude_deg:g} {self.width_km:g} km"
        return f"map of {','.join(self.keys)}{ends} at {where}{' plain' if self.plain else ''}"


def aurora_of_plan(scene: Scene, epoch: Epoch, plan: PicturePlan, device: str = "auto") -> AuroraFromAbove:
    """Return the aurora of a plan at an instant. Raises as `aurora_from_above`."""
    return aurora_from_above(scene, epoch, plan.area, plan.keys, device)


def with_scales(plan: PicturePlan, *seen: AuroraFromAbove) -> PicturePlan:
    """Return the plan with scales that show these, where it leaves them open."""
    if plan.ceilings_kr is not None:
        return plan
    brightest = (max(ceiling_kr(made.kilorayleighs[k]) for made in seen) for k in range(len(plan.keys)))
    return replace(plan, ceilings_kr=tuple(brightest))
