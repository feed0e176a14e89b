"""The scene's file and those that it names: looked at for changes, and written with its comments kept."""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from render.core.errors import InputError, OutputError, SceneError
from render.core.files import write_text
from render.core.messages import shown
from render.scene import Scene, bundled_scenes, load_scene, scene_from_text
from render.scene_files import FILE_KEYS, names_file, resolve_files
from render.viewer.desk import Desk


@dataclass(frozen=True)
class Loaded:
    """A scene as it was read: what it was called by, its file, and the digest of that; a value has no file."""

    asked: str
    scene: Scene
    path: Path | None
    digest: str

    @property
    def may_overwrite(self) -> bool:
        """Return whether the file is the user's own."""
        return self.path is not None and self.path not in bundled_scenes().values()

    @property
    def label(self) -> str:
        """Return what messages call the scene's text."""
        return f"{self.scene.name}.toml" if self.path is None else str(self.path)

    def again(self) -> Loaded:
        """Read the scene again, and the files that it names. Raises SceneError."""
        if self.path is not None:
            return load(self.asked)
        scene = self.scene
        return replace(self, scene=scene_from_text(scene.text, scene.name, scene.folder, self.label))


def load(asked: str) -> Loaded:
    """Read a scene, by name or file. Raises SceneError."""
    scene = load_scene(asked)
    bundled = bundled_scenes()
    path = bundled[asked] if asked in bundled else Path(asked).expanduser()
    return Loaded(asked, scene, Path(os.path.abspath(path)), _digest(scene.text))


def of_value(scene: Scene) -> Loaded:
    """Return a scene that is a value, not a file: its own text, or one of its settings where they say something else.

    Raises InputError for settings that no text says: then a scene that is saved would be another.
    """
    file = f"{scene.name}.toml"
    for text in (lambda: scene.text, lambda: _text_of(scene)):
        try:
            read = scene_from_text(text(), scene.name, scene.folder, file)
        except SceneError:
            continue
        if read.model_dump() == scene.model_dump():
            return Loaded(f"{scene.name}_2.toml", read, None, _digest(read.text))
    raise InputError(f"scene {shown(scene.name)}: its settings cannot be written as a scene file; give a file's path")


def _text_of(scene: Scene) -> str:
    """Return a scene's settings as TOML, without those that are the defaults."""
    import tomlkit  # noqa: PLC0415 - of the extra `view`

    return tomlkit.dumps(scene.model_dump(mode="json", exclude_defaults=True, exclude_none=True))


class Watch:
    """Tells when a scene's files have changed, and have not changed further since.

    Editors replace files: names, times and sizes are looked at, not what they were once opened as.
    """

    def __init__(self, loaded: Loaded) -> None:
        self._names = _files_of(loaded)
        self._seen = self._before = self._look()

    def changed(self) -> bool:
        """Look once more, and return whether there is something new that was there the last time too."""
        now = self._look()
        settled = now == self._before
        self._before = now
        if now == self._seen or not settled:
            return False
        self._seen = now
        return True

    def _look(self) -> tuple[Any, ...]:
        return tuple(_stamp(name) for name in self._names)


def _files_of(loaded: Loaded) -> list[Path]:
    """Return the scene's file, and those that it names."""
    tables, scene = tomllib.loads(loaded.scene.text), loaded.scene
    found = [] if loaded.path is None else [loaded.path]
    for section, key in FILE_KEYS:
        value = tables.get(section, {}).get(key) if isinstance(tables.get(section), dict) else None
        if isinstance(value, str) and names_file(section, key, value):
            found.append(scene.folder / value)
    return found


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size


def saved_text(desk: Desk, folder: Path, file: str) -> str:
    """Return the scene's text with the page's changes, checked, as it is to lie in a folder.

    Raises InputError for a text that does not say what the page shows.
    """
    text = desk.edited_text()
    if folder.resolve() != desk.base.folder.resolve():
        text = _with_whole_names(text, desk.base.folder, file)
    scene = scene_from_text(text, Path(file).stem, folder, file)
    if scene.model_dump() != desk.scene.model_dump():
        raise InputError(f"{file}: the scene cannot be written so that it says what is shown; nothing was written")
    return text


def _with_whole_names(text: str, folder: Path, file: str) -> str:
    """Return a scene's text in which the files that it names are named from the root."""
    import tomlkit  # noqa: PLC0415 - of the extra `view`

    document, tables = tomlkit.parse(text), tomllib.loads(text)
    resolve_files(tables, folder, file)
    for section, key in FILE_KEYS:
        before = document.get(section, {}).get(key)
        if isinstance(before, str) and tables[section][key] != before:
            document[section][key] = tables[section][key]
    return tomlkit.dumps(document)


def save(desk: Desk, loaded: Loaded, name: str, folder: Path, *, overwrite: bool) -> Path:
    """Write the scene as the page has it to a file of a folder, and return its path.

    Over a file that is there only where it is the loaded one, and as it was loaded. Raises InputError, OutputError.
    """
    path = folder / name
    if os.path.lexists(path):
        own = loaded.path.resolve() if loaded.path is not None and loaded.may_overwrite else None
        if not overwrite or path.resolve() != own or path.is_symlink():
            raise OutputError(f"{path} is there already; give another name")
        if _digest(path.read_text(encoding="utf-8-sig")) != loaded.digest:
            raise OutputError(f"{path} has been changed by another program since it was loaded; give another name")
    write_text(path, saved_text(desk, folder, str(path)))
    return path


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
