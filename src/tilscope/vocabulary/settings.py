"""The shape of every settings record: frozen, nothing unknown, every field described."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class SettingsRecord(BaseModel):
    """A frozen group of settings; an unknown key or a wrong type is an error.

    Each room declares its own groups beside the code that they steer; ``study`` puts them together
    into ``study.toml``. Every field carries a description: it becomes the comment in the template.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)
