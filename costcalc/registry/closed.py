"""The base of every grammar of a file: frozen, closed to unknown keys, described by its fields."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from costcalc.errors import nearest_names
from costcalc.registry.problems import MistakeError

__all__ = ["Closed"]


class Closed(BaseModel):
    """A mapping of a grammar: frozen, and closed to keys that it does not define."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        populate_by_name=False,
        protected_namespaces=(),
    )

    @model_validator(mode="before")
    @classmethod
    def _hint_unknown_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict) or cls.model_config.get("extra") != "forbid":
            return data
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in data:  # pyright: ignore[reportUnknownVariableType]
            if key not in known:
                near = nearest_names(str(key), known, 1)  # pyright: ignore[reportUnknownArgumentType]
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
                msg = f"unknown key {key!r}; {hint}"
                raise MistakeError(msg, str(key))
        return data  # pyright: ignore[reportUnknownVariableType]
