"""The base of every settings record: frozen, and closed to unknown keys."""

from pydantic import BaseModel, ConfigDict


class WrongKeyError(ValueError):
    """Say, from a validator of a whole record, which of its keys is at fault: `render.scene_errors` tells its line."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class Record(BaseModel):
    """Hold one TOML section; unknown keys and later changes are errors.

    Units stand in the key names (``altitude_km``). Raises pydantic.ValidationError, which `render.scene` turns into
    a SceneError that names file, section and key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
