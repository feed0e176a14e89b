"""What a scene is told of its own electron spectra."""

from __future__ import annotations

import re

import pytest

from render.scene import scene_from_text

HARD = "spectrum = 'kappa'\nkappa = 2.1\ntail_share = 0.9\ntail_index = 2.1\n"


@pytest.mark.parametrize(("section", "ionisation"), [("arcs", "refit"), ("diffuse", "fang2010")])
def test_a_spectrum_beyond_the_ionisation_warns_once(minimal_scene: str, section: str, ionisation: str) -> None:
    text = f"{minimal_scene}[emission]\nionisation = '{ionisation}'\n[emission.{section}]\n{HARD}"
    (warning,) = scene_from_text(text).warnings
    limits = "0.05 to 105 keV" if ionisation == "refit" else "0.1 to 1000 keV"
    assert re.match(rf"\[emission.{section}\]: where the core's mean energy is 6 keV, \d\d % of the energy", warning)
    assert f"outside {limits}, where ionisation {ionisation} is valid" in warning
    assert scene_from_text(text + "[aurora]\nenabled = false\n").warnings == ()  # none of it is drawn


def test_a_measured_spectrum_does_not_warn(minimal_scene: str) -> None:
    for spectrum in ("kappa = 3.5", "tail_share = 0.2", "kappa = 5\ntail_share = 0.1"):
        core = "kappa" if "kappa" in spectrum else "maxwellian"
        assert scene_from_text(f"{minimal_scene}[emission.arcs]\nspectrum = '{core}'\n{spectrum}").warnings == ()
