"""The aurora from above as files: a picture or arrays of an instant, and a film of how the aurora moves.

A film is gone on with as one of `render.films.film` is: each frame carries a stamp, here with the
plan's own settings too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from render import device as devices
from render.core import __version__
from render.core.errors import InputError, OutputError
from render.core.files import sweep
from render.films import folder as frames_folder
from render.films.film import Film, FilmInterruptedError, FilmProgress
from render.films.folder import frame_epoch, frame_path, frame_stamp
from render.formats.png import read_png_metadata, write_png
from render.formats.video import Coding, write_video
from render.geophysics.drive.origins import drive_origins
from render.geophysics.user_map.file import read_user_map
from render.maps.from_above import AuroraFromAbove, write_arrays
from render.maps.ground import Outline, latitude_words, longitude_words
from render.maps.picture import plain_pixels, write_picture
from render.maps.plan import PicturePlan, aurora_of_plan, with_scales
from render.scene import Scene

SCALE_FRAMES = 5  # of a film, spread over all of it, on which its scale is settled
PROBES = 101  # frames at most of which it is checked whether the scene's files cover them


def write(path: Path, scene: Scene, made: AuroraFromAbove, plan: PicturePlan, stamp: str = "") -> None:
    """Write what was seen by the path's ending: .png, .pdf, .svg, or .npz. Raises InputError, OutputError."""
    header = _header(scene, made, plan) | ({frames_folder.STAMP_KEY: stamp} if stamp else {})
    scales = with_scales(plan, made).ceilings_kr or ()
    if path.suffix.lower() == ".npz":
        write_arrays(path, made, header)
    elif plan.plain:
        write_png(path, plain_pixels(made, scales), 8, header)
    else:
        write_picture(
            path,
            made,
            plan.layout,
            scales,
            _caption(scene, made),
            outline=Outline.of(scene, made.epoch),
            metadata=header,
        )


def _header(scene: Scene, made: AuroraFromAbove, plan: PicturePlan) -> dict[str, str]:
    """Return what a file from above says of itself. The size tells it from a film's frames, which are of a camera."""
    return {
        "software": f"polarlight {__version__}", "scene": scene.name, "scene_hash": scene.scene_hash,
        "time_utc": made.epoch.isoformat(), "size": f"{plan.size[0]}x{plan.size[1]} map", "map": plan.words,
        **drive_origins(scene.drive, made.epoch.seconds_since(scene.time.epoch), scene.time.epoch).header,
        "kp": f"{made.kp:.3g}", "seed": f"{scene.aurora.seed}",
    }  # fmt: skip


def _caption(scene: Scene, made: AuroraFromAbove) -> str:
    """Return what is shown, and how it is to be read."""
    area, shift = made.area, scene.aurora.local_time_shift_h
    drawn = f", drawn as at {(made.local_time_h + shift) % 24.0:.1f} h" if shift else ""
    when = made.epoch.isoformat().replace("T", " ").replace("Z", " UTC")
    return (
        f"{when}. Scene {scene.name}, seed {scene.aurora.seed}, Kp {made.kp:.3g}. Centre "
        f"{latitude_words(area.latitude_deg)}, {longitude_words(area.longitude_deg)}, where magnetic local time is "
        f"{made.local_time_h:.1f} h{drawn}; north is up there. Brightness of the column along the field line through "
        "each place at 110 km; no airglow, no air in between. Fine dashes: magnetic (apex) latitude. Orange, if it "
        "passes here: the edge of what the scene's camera sees at 110 km."
    )


def film_scale(scene: Scene, plan: PicturePlan, device: str) -> PicturePlan:
    """Return the plan with scales that show a whole film, the same whichever of its frames are made."""
    if plan.ceilings_kr is not None:
        return plan
    return with_scales(
        plan, *(aurora_of_plan(scene, frame_epoch(scene, i), plan, device) for i in settling_frames(scene))
    )


def settling_frames(scene: Scene) -> list[int]:
    """Return the frames, rising, on which a film's scale is settled: spread evenly, the same whichever are made.

    Where the scene's files cover a part of the film only, they are of that part.
    """
    probes = _spread(range(scene.film.frames), PROBES)
    file = None if scene.aurora.footprint is None else read_user_map(scene.aurora.footprint)

    def covered(index: int) -> bool:
        time_s = index * scene.film.interval_s
        try:
            scene.drive.state(time_s, scene.time.epoch)
            if file is not None:
                file.times.between(scene.time.epoch, time_s)
        except InputError:
            return False
        return True

    return _spread([i for i in probes if covered(i)] or probes, SCALE_FRAMES)


def _spread(among: Sequence[int], most: int) -> list[int]:
    """Return `most` of the numbers at most, evenly spread, the first and the last included."""
    return [among[i] for i in sorted({int(i) for i in np.linspace(0, len(among) - 1, most).round()})]


def check_frames_are_of(scene: Scene, folder: Path, plan: PicturePlan) -> None:
    """Raise OutputError where the folder holds frames of another film or of another size."""
    wanted = {"scene": scene.name, "size": f"{plan.size[0]}x{plan.size[1]} map"}
    for path in sorted(folder.glob("frame_*.png")):
        metadata = read_png_metadata(path, head=True) or {}
        found = {key: metadata.get(key, value) for key, value in wanted.items()}
        if frames_folder.STAMP_KEY in metadata and found != wanted:
            raise OutputError(
                f"{folder}: holds frames of another film: {path.name} is of scene {found['scene']}, {found['size']}, "
                f"not {wanted['scene']}, {wanted['size']}; choose another folder, or remove them"
            )


def render_film_from_above(
    scene: Scene, output: Path, plan: PicturePlan, *, frames: range, device: str = "auto",
    progress: Callable[[FilmProgress], None] | None = None,
) -> Film:  # fmt: skip
    """Draw what is missing of a film's frames, then join them if `output` is a video.

    Raises OutputError where `output` cannot be written or holds frames of another film, FilmInterruptedError on Ctrl-C.
    """
    started = time.monotonic()
    folder, video = frames_folder.places(output)
    video = video and frames_folder.part_beside(scene, video, frames)
    check_frames_are_of(scene, folder, plan)
    tell = progress or (lambda at: None)
    tell(FilmProgress(0, len(frames), 0, None, "the brightness scale"))
    done: list[Path] = []
    missing = list(frames)
    stamps: dict[int, str] = {}
    try:
        plan = film_scale(scene, plan, device)
        frames_folder.make_folder(folder)
        sweep(folder, "frame_*")
        stamps = {i: _stamp(scene, plan, i) for i in frames}
        missing = [i for i in frames if not frames_folder.is_done(frame_path(folder, i), stamps[i])]
        for path in _drawing(scene, folder, plan, missing, stamps, device, tell):
            done.append(path)  # one by one: how many is needed when the loop is interrupted
        paths = tuple(frame_path(folder, i) for i in frames)
        if video:
            tell(FilmProgress(len(missing), len(missing), len(frames) - len(missing), None, "joining frames"))
            sweep(video.parent, video.stem)
            write_video(
                paths,
                video,
                scene.film.rate,
                Coding(crf=scene.film.crf),
                comment=frames_folder.comment_of(scene, frames),
            )
    except KeyboardInterrupt:
        ready = f"{len(frames) - len(missing) + len(done)} of {len(frames)} frames are done in {folder}"
        if not stamps:  # which frames there belong to this plan is known by its scale
            ready = f"the brightness scale was not settled yet; frames in {folder} are kept"
        raise FilmInterruptedError(f"interrupted: {ready}; the same command goes on from there") from None
    label = devices.start(device).label if missing else ""
    return Film(paths, len(missing), time.monotonic() - started, label, video)


def _stamp(scene: Scene, plan: PicturePlan, index: int) -> str:
    """Return what a frame's file must carry to be taken as done."""
    return f"{frame_stamp(scene.scene_hash, plan.size, index, frame_epoch(scene, index))} {plan.words}"


def _drawing(
    scene: Scene, folder: Path, plan: PicturePlan, missing: Sequence[int], stamps: dict[int, str], device: str,
    tell: Callable[[FilmProgress], None],
) -> Iterator[Path]:  # fmt: skip
    """Draw and write the missing frames one by one; yield each that is written."""
    kept, begun = len(stamps) - len(missing), time.monotonic()
    for done, index in enumerate(missing):
        left = (len(missing) - done) * (time.monotonic() - begun) / done if done else None
        started = time.monotonic()
        tell(FilmProgress(done, len(missing), kept, left, f"frame {index}"))
        made = aurora_of_plan(scene, frame_epoch(scene, index), plan, device)
        path = frame_path(folder, index)
        write(path, scene, made, plan, stamps[index])
        now = time.monotonic()
        left = (len(missing) - done - 1) * (now - begun) / (done + 1)
        tell(FilmProgress(done + 1, len(missing), kept, left, f"frame {index}", index, now - started))
        yield path
