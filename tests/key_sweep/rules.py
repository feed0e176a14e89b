"""Which key is tried in which scene, beside what, and to which other values."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.key_sweep.keys import Key, other_values, value_at, with_value
from tests.key_sweep.scenes import ENERGY, FLUX, LINES, ORBIT, SCENES


@dataclass(frozen=True)
class Rule:
    """How keys are tried: in the scene of a name, with settings beside it (path -> value), to certain values; a
    dictionary stands for several keys of the record at once.

    `at_s`: film times looked at; `look`: at "light", what then becomes of it; at "files" of a picture; at a "film".
    """

    scene: str
    beside: dict[str, Any] = field(default_factory=dict)
    values: tuple[Any, ...] = ()
    at_s: tuple[float, ...] = (0.0,)
    look: str = "light"


KAPPA = {"emission.arcs": {"spectrum": "kappa"}, "emission.diffuse": {"spectrum": "kappa"}}
TWO_KEYS = {"camera.keys": [{"time_s": 0.0}, {"time_s": 10.0}, {"time_s": 20.0}]}


def keyed(*columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a film's camera keys, ten seconds apart, and settings beside them."""
    return {"camera.keys": [{"time_s": 10.0 * k, **one} for k, one in enumerate(columns)], **more}


AUTO = {"camera.exposure": "auto", "camera.exposure_s": 0.5, "film.frames": 25, "film.interval_s": 12.0,
        "film.frames_per_second": 4.0}  # fmt: skip
SUNRISE_S = (0.0, 60.0, 130.0, 200.0, 280.0)
SLAB = {"line": "557.7", "shape": "uniform", "bottom_km": 90.0, "top_km": 100.0, "ver_cm3_s": 100.0}
GAUSSIAN = {"line": "557.7", "peak_km": 96.0, "fwhm_km": 9.0, "zenith_rayleighs": 250.0}
EVENT = {"onset_s": -150.0, "mlt_h": 22.6}
MOVING = {"observer.altitude_km": 11.0, "observer.heading_deg": 40.0, "observer.speed_km_h": 900.0}
NO_POINTING = {"camera.azimuth_deg": None, "camera.elevation_deg": None}
LOOKING = {**NO_POINTING, "camera.look_at": {"latitude_deg": 42.0, "longitude_deg": -70.0}}
TURNED = [0.5, 0.5, -0.5, 0.5]

RULES: dict[str, Rule] = {
    "time.utc": Rule("dawn", values=("2015-01-28T09:46:00Z",)),
    "observer.satellite": Rule("dawn", {"observer": {"tle": LINES}}, values=("ISS",)),
    "observer.tle": Rule("dawn", {"observer": ORBIT}, values=("iss.tle", LINES)),
    "observer.omm": Rule("dawn", {"observer": ORBIT}, values=("iss.json",)),
    "observer.oem": Rule("dawn", {"observer": ORBIT}, values=("iss.oem",)),
    "observer.object": Rule("dawn", {"observer": {"tle": "two.tle", "object": 25544}}, values=(270001,)),
    "observer.mean_elements.epoch_utc": Rule("mean elements", values=("2015-01-28T12:08:31Z",)),
    "observer.mean_elements.mean_motion_rev_per_day": Rule("mean elements", values=(15.5,)),
    "observer.mean_elements.eccentricity": Rule("mean elements", values=(0.002,)),
    "observer.mean_elements.*": Rule("mean elements"),
    "observer.heading_deg": Rule("dawn", {"observer": ORBIT, **MOVING}, at_s=(600.0,)),
    "observer.speed_km_h": Rule("dawn", {"observer": ORBIT, **MOVING}, at_s=(600.0,)),
    "observer.place_utc": Rule("dawn", {"observer": ORBIT, **MOVING}, values=("2015-01-28T09:00:00Z",)),
    "observer.gcrs_km": Rule("dawn", {"observer": {"gcrs_km": [-4809.5, 524.8, 4729.3]}},
                             values=([-4709.5, 624.8, 4729.3],)),
    "observer.*": Rule("dawn", {"observer": {**ORBIT, "longitude_deg": -70.0}}),
    "camera.focal_length_mm": Rule("dawn"),
    "camera.iso": Rule("dawn", look="picture"),
    "camera.sensor_height_mm": Rule("dawn", {"camera.distortion": [0.0, 0.05, 0.0]}),
    "camera.exposure": Rule("dawn", {**AUTO, "camera.exposure": "manual"}, look="picture"),
    "camera.compensation_ev": Rule("dawn", AUTO, values=(-1.0,), look="picture", at_s=SUNRISE_S),
    "camera.auto.overexposed_percent": Rule("dawn", AUTO, values=(5.0,), look="picture", at_s=SUNRISE_S),
    "camera.auto.slew_ev_s": Rule("dawn", AUTO, values=(0.2,), look="picture", at_s=SUNRISE_S),
    "camera.auto.shortest_s": Rule("dawn", AUTO, values=(0.1,), look="picture", at_s=SUNRISE_S),
    "camera.auto.base_iso": Rule("dawn", {**AUTO, "camera.auto.shortest_s": 0.1}, look="picture", at_s=SUNRISE_S),
    "camera.auto.narrowest_f_number": Rule("dawn", {**AUTO, "camera.auto.shortest_s": 0.1, "camera.auto.base_iso": 6e3},
                                           values=(2.0,), look="picture", at_s=SUNRISE_S),
    "camera.auto.*": Rule("dawn", AUTO, look="picture", at_s=SUNRISE_S),
    "camera.azimuth_deg": Rule("dawn", values=(92.0,)),
    "camera.roll_deg": Rule("dawn", values=(5.0,)),
    "camera.look_at.altitude_km": Rule("dawn", LOOKING, values=(50.0,)),
    "camera.look_at.*": Rule("dawn", LOOKING),
    "camera.wcs": Rule("dawn", {**NO_POINTING, "camera.look_at": None}, values=("solved.json",)),
    "camera.wcs_rows": Rule("dawn", {**NO_POINTING, "camera.wcs": "solved.json"}, values=("up",)),
    "camera.quaternion": Rule("dawn", {**NO_POINTING, "camera.quaternion": [0.5, 0.5, -0.5, 0.5]},
                              values=([0.5, 0.4, -0.5, 0.5],)),
    "camera.quaternion_frame": Rule("dawn", {**NO_POINTING, "camera.quaternion": [0.5, 0.5, -0.5, 0.5]}),
    "camera.projection": Rule("shapes", values=(
        "equidistant", "equisolid", "stereographic", "orthographic", "domemaster",
        {"projection": "equirectangular", "rows": 12}, {"projection": "cube", "rows": 18},
    )),
    "camera.field_deg": Rule("stars", values=(120.0,)),
    "camera.dome_tilt_deg": Rule("shapes", {"camera.projection": "domemaster", "camera.elevation_deg": 0.0}),
    "camera.cube_face": Rule("shapes", {"camera.projection": "cube", "camera.rows": 18}, values=tuple(
        {"cube_face": face, "rows": 24} for face in ("px", "nx", "py", "ny", "pz", "nz")
    )),
    "camera.distortion": Rule("dawn", values=([0.0, 0.05, 0.0],)),
    "camera.interpolation": Rule("dawn", keyed({"elevation_deg": -19.0}, {"elevation_deg": -20.0},
                                               {"elevation_deg": -19.5}), at_s=(3.0,)),
    "camera.turns": Rule("dawn", keyed({"azimuth_deg": 5.0}, {"azimuth_deg": 355.0}), at_s=(3.0,)),
    "camera.quality": Rule("airglow", {"camera.columns": 48, "camera.rows": 32, "camera.focal_length_mm": 24.0}),
    "camera.response": Rule("dawn", values=("d4", "d5", "z9", "ideal_cie", "eye", "channels.csv"), look="picture"),
    "camera.tracking": Rule("few stars", values=("stars", "ground")),
    "camera.lens.blades": Rule("sun", {"camera.f_number": 22.0, "camera.exposure_s": 1e-3}, look="picture"),
    "camera.lens.point_um": Rule("few stars"),
    "camera.lens.fall_off": Rule("dawn", values=("none", [-0.3, 0.0, 0.0]), look="picture"),
    "camera.lens.scatter": Rule("sun", look="picture"),
    "camera.lens.*": Rule("dawn", look="picture"),
    "camera.keys[].time_s": Rule("dawn", keyed({"elevation_deg": -19.0}, {"elevation_deg": -20.0}), values=(2.0,),
                                 at_s=(4.0,)),
    "camera.keys[].quaternion": Rule("dawn", {**NO_POINTING, **keyed({"quaternion": TURNED})},
                                     values=([0.5, 0.4, -0.5, 0.5],)),
    "camera.keys[].compensation_ev": Rule("dawn", {**AUTO, **TWO_KEYS}, values=(-1.0,), look="picture",
                                          at_s=SUNRISE_S),
    "camera.keys[].azimuth_deg": Rule("dawn", TWO_KEYS, values=(92.0,)),
    "camera.keys[].elevation_deg": Rule("dawn", TWO_KEYS, values=(-20.0,)),
    "camera.keys[].roll_deg": Rule("dawn", TWO_KEYS, values=(7.0,)),
    "camera.keys[].*": Rule("dawn", TWO_KEYS, look="picture"),
    "camera.*": Rule("dawn", look="picture"),
    "drive.kp": Rule("aurora"),
    "drive.solar_wind.*": Rule("aurora", {"drive": {"solar_wind": {
        "speed_km_s": 500.0, "by_nt": 3.0, "bz_nt": -6.0, "density_cm3": 6.0}}}),
    "drive.file": Rule("aurora", {"drive": {}}, values=("kp.csv",)),
    "drive.field_file": Rule("aurora", {"drive": {"file": "plasma.json", "field_file": "mag.json"}},
                             values=("mag_north.json",)),
    "drive.preset": Rule("aurora", {"drive": {}}),
    "drive.arrival_s": Rule("aurora", {"drive": {"preset": "cme_arrival"}}, values=(-3600.0,)),
    "drive.*": Rule("aurora"),
    "aurora.enabled": Rule("aurora"),
    "aurora.sub_frames": Rule("aurora", {"camera.quality": "standard", "camera.exposure_s": 4.0,
                                         "camera.columns": 72, "camera.rows": 48}, values=(1,)),
    "aurora.step_scale": Rule("aurora", values=(4.0,)),
    "aurora.groups[].position": Rule("oval from below", {"aurora.groups": [{"position": 0.3}]}, values=(0.6,)),
    "aurora.groups[].*": Rule("oval from below", {"aurora.groups": [{"position": 0.3, "activity_bias": 0.4}]}),
    "aurora.event[].onset_s": Rule("oval from below", {"aurora.event": [EVENT]}, values=(-600.0,)),
    "aurora.event[].growth_min": Rule("oval from below", {"aurora.event": [{**EVENT, "onset_s": 600.0}]}),
    "aurora.event[].bead_km": Rule("oval from below", {"aurora.event": [{**EVENT, "onset_s": 60.0}]}),
    "aurora.event[].expansion_min": Rule("oval from below", {"aurora.event": [{**EVENT, "onset_s": -2000.0}]}),
    "aurora.event[].recovery_min": Rule("oval from below", {"aurora.event": [{**EVENT, "onset_s": -2000.0}]}),
    "aurora.event[].eastward_km_s": Rule("oval from below", {"aurora.event": [{**EVENT, "onset_s": -300.0}]}),
    "aurora.event[].streamers": Rule("oval from below", {"aurora.event": [{**EVENT, "onset_s": -900.0}]}),
    "aurora.event[].*": Rule("oval from below", {"aurora.event": [EVENT]}),
    "aurora.patches.*": Rule("oval from below", {"aurora.patches": {"level": 1.6}}, at_s=(30.0,)),
    "aurora.omega.*": Rule("oval from below", {"aurora.omega": {"level": 5.0}}, at_s=(600.0,)),
    "aurora.sar_arc.l_shell": Rule("subauroral", {"aurora.sar_arc": {}}, values=(2.8,)),
    "aurora.sar_arc.mlt_from_h": Rule("subauroral", {"aurora.sar_arc": {}}, values=(22.5,)),
    "aurora.sar_arc.mlt_to_h": Rule("subauroral", {"aurora.sar_arc": {}}, values=(21.5,)),
    "aurora.sar_arc.apex_latitude_deg": Rule("subauroral", {"aurora.sar_arc": {"apex_latitude_deg": 54.0}},
                                             values=(56.0,)),
    "aurora.sar_arc.*": Rule("subauroral", {"aurora.sar_arc": {}}),
    "aurora.steve.mlt_from_h": Rule("subauroral", {"aurora.steve": {}}, values=(22.0,)),
    "aurora.steve.mlt_to_h": Rule("subauroral", {"aurora.steve": {}}, values=(21.5,)),
    "aurora.steve.drift_km_h": Rule("subauroral", {"aurora.steve": {}}, at_s=(1200.0,)),
    "aurora.steve.striae_km_s": Rule("subauroral", {"aurora.steve": {}}, at_s=(20.0,)),
    "aurora.steve.*": Rule("subauroral", {"aurora.steve": {}}),
    "aurora.footprint": Rule("aurora", values=("flux.npz",)),
    "aurora.fine_structure": Rule("aurora", {"aurora.footprint": "flux.npz"}, values=(1.0,)),
    "aurora.*": Rule("oval from below"),
    "thermosphere.model": Rule("aurora", values=("nrlmsise00", "nrlmsis2.0")),
    "thermosphere.*": Rule("aurora"),
    "emission.*.spectrum": Rule("aurora", values=("monoenergetic", "gaussian", "kappa",
                                                  {"spectrum": "tabulated", "energy_kev": ENERGY, "flux": FLUX})),
    "emission.*.width": Rule("aurora", {"emission.arcs.spectrum": "gaussian", "emission.diffuse.spectrum": "gaussian"},
                             values=(0.4,)),
    "emission.*.kappa": Rule("aurora", KAPPA),
    "emission.*.energy_kev": Rule("tabulated", values=([0.5, 1.0, 2.0, 5.0, 10.0, 30.0],)),
    "emission.*.flux": Rule("tabulated", values=([1.0, 1.0, 2.0, 3.0, 1.0, 0.1],)),
    "emission.*.tail_index": Rule("aurora", {"emission.arcs.tail_share": 0.2, "emission.diffuse.tail_share": 0.2}),
    "emission.sunlit.*": Rule("sunlit"),
    "emission.*": Rule("aurora"),
    "airglow.layers[].line": Rule("airglow", {"airglow.layers": [GAUSSIAN]}, values=("630.0",)),
    "airglow.layers[].shape": Rule("airglow", {"airglow.layers": [GAUSSIAN]},
                                   values=({**dict.fromkeys(GAUSSIAN), **SLAB},)),
    "airglow.layers[].bottom_km": Rule("airglow", {"airglow.layers": [SLAB]}, values=(85.0,)),
    "airglow.layers[].top_km": Rule("airglow", {"airglow.layers": [SLAB]}, values=(105.0,)),
    "airglow.layers[].ver_cm3_s": Rule("airglow", {"airglow.layers": [SLAB]}),
    "airglow.layers[].*": Rule("airglow", {"airglow.layers": [GAUSSIAN]}),
    "airglow.*": Rule("airglow"),
    "atmosphere.profile": Rule("dawn", values=("air.csv",)),
    "atmosphere.volcanic.*": Rule("dawn", {"atmosphere.volcanic.optical_depth": 0.05}),
    "atmosphere.noctilucent.altitude_km": Rule("noctilucent", values=(85.0,)),
    "atmosphere.noctilucent.from_latitude_deg": Rule("noctilucent", values=(64.0,)),
    "atmosphere.noctilucent.*": Rule("noctilucent"),
    "atmosphere.*": Rule("dawn"),
    "earth.cities": Rule("land"),
    "earth.upward_w_sr_per_person": Rule("land"),
    "earth.led_fraction": Rule("land"),
    "earth.land": Rule("land", values=("picture.npy",)),
    "earth.clouds": Rule("land", values=("weather", "picture.npy")),
    "earth.cloud_depth": Rule("land", {"earth.clouds": "picture.npy"}),
    "earth.cloud_*": Rule("land", {"earth.clouds": "weather"}),
    "earth.flares": Rule("land", {"observer": {**ORBIT, "longitude_deg": -105.0, "latitude_deg": 50.0}}),
    "earth.fishing": Rule("land", {"time.utc": "2015-09-28T13:00:00Z",
                                   "observer": {**ORBIT, "longitude_deg": 132.0, "latitude_deg": 42.0}}),
    "earth.night_lights": Rule("land", values=("picture.npy",)),
    "earth.night_lights_scale": Rule("land", {"earth.night_lights": "picture.npy"}),
    "earth.land_cover": Rule("land", {"earth.snow": False}),
    "earth.*": Rule("land"),
    "sky.sun": Rule("dawn"),
    "sky.magnitude_limit": Rule("few stars"),
    "sky.*": Rule("stars"),
    "station.frame": Rule("station"),
    "station.composition": Rule("station"),
    "station.window": Rule("station", {"station.frame": "lvlh"}),
    "station.camera_position_m": Rule("station", {"station.frame": "lvlh"}, values=([-7.0, -7.0, 9.0],)),
    "station.mesh": Rule("station", values=("one.obj",)),
    "station.mesh_scale": Rule("station", {"station.mesh": "one.obj"}),
    "station.cabin_lx": Rule("station", {"station.composition": "cupola"}),
    "station.visible": Rule("station"),
    "station.*": Rule("station"),
    "develop.hdr": Rule("dawn", look="picture"),
    "develop.bits": Rule("dawn", look="png"),
    "develop.file_quality": Rule("dawn", look="jpg"),
    "develop.exr_primaries": Rule("dawn", look="exr"),
    "develop.noise_reduction": Rule("dawn", {"camera.sensor_width_mm": 1.0, "camera.focal_length_mm": 2.4,
                                             "camera.exposure_s": 1.0}, look="picture"),
    "develop.*": Rule("dawn", {"develop.exposure_compensation_ev": -1.0}, look="picture"),
    "film.hdr": Rule("film", {"film.codec": "hevc"}, look="film"),
    "film.frame_name": Rule("film", values=("other",), look="film"),
    "film.frames": Rule("film", values=(3,), look="film"),
    "film.interval_s": Rule("film", values=(60.0,), look="film"),
    "film.crf": Rule("film", values=(51,), look="film"),
    "film.*": Rule("film", look="film"),
}  # fmt: skip
"""Path, or its beginning, to how it is tried: the first that fits."""


@dataclass(frozen=True)
class Trial:
    """One key changed: settings `before` and `after`, nested dictionaries, and where its change is to be seen."""

    path: str
    value: Any
    before: dict[str, Any]
    after: dict[str, Any]
    at_s: tuple[float, ...]
    look: str


def rule_of(path: str) -> Rule:
    """Return how a key is tried. Raises LookupError where the table says nothing of it."""
    for pattern, rule in RULES.items():
        if fnmatchcase(path, pattern.replace("[", "[[]")):
            return rule
    raise LookupError(f"{path}: no scene in which it matters; add one to RULES of tests/key_sweep/rules.py")


def trials_of(key: Key, folder: Path) -> list[Trial]:
    """Return the trials of a key, one of each value; names of the sweep's files are those in `folder`."""
    rule = rule_of(key.path)
    before = SCENES[rule.scene]
    for path, value in rule.beside.items():
        before = with_value(before, path, value)
    given = value_at(before, key.path)
    given = key.default if given is None else given
    found = []
    for value in rule.values or other_values(key, given):
        record, after = key.path.rpartition(".")[0], before
        beside = {f"{record}.{name}": one for name, one in value.items()} if isinstance(value, dict) else {}
        for path, one in (beside or {key.path: value}).items():
            after = with_value(after, path, one)
        after = _only_way(after, key.path) if key.path.startswith("observer.") else after
        found.append(Trial(key.path, value, in_folder(before, folder), in_folder(after, folder), rule.at_s, rule.look))
    return found


def _only_way(settings: dict[str, Any], path: str) -> dict[str, Any]:
    """Leave out other ways to say where the observer is."""
    name = path.split(".")[1]
    ways = {"satellite", "tle", "omm", "oem", "gcrs_km"}
    return {**settings, "observer": {name: settings["observer"][name]}} if name in ways else settings


def in_folder(settings: Any, folder: Path) -> Any:
    """Return settings with the sweep's files by their whole names, and without what is None."""
    if isinstance(settings, dict):
        return {name: in_folder(value, folder) for name, value in settings.items() if value is not None}
    if isinstance(settings, list):
        return [in_folder(value, folder) for value in settings]
    named = isinstance(settings, str) and "." in settings and (folder / settings).is_file()
    return str(folder / settings) if named else settings
