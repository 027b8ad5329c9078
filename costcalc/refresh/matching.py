"""How a list recognises a model id: exact names, prefixes, patterns and their combinations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    Kind = Literal["equals", "starts_with", "ends_with", "contains", "regex", "or", "and"]

__all__ = ["Clause", "normalise"]

_DASHED: Final = str.maketrans("._@", "---")
_FIREWORKS: Final = "accounts/fireworks/models/"


def normalise(model_id: str) -> str:
    """Return the form in which ids of different lists are compared.

    Lists write `claude-sonnet-4.5`, `claude-sonnet-4-5` and `claude-sonnet-4@5` for one model, and
    Fireworks' ids with or without the account that they all have.
    """
    return model_id.lower().removeprefix(_FIREWORKS).translate(_DASHED)


@dataclass(frozen=True, slots=True)
class Clause:
    """One test of a model id, as genai-prices writes them; it ignores case."""

    kind: Kind
    text: str = ""
    parts: tuple[Clause, ...] = ()

    def matches(self, model_id: str) -> bool:
        """Return whether the clause accepts this id."""
        if self.kind == "or":
            return any(part.matches(model_id) for part in self.parts)
        if self.kind == "and":
            return all(part.matches(model_id) for part in self.parts)
        if self.kind == "regex":  # the list applies its patterns to the lower-cased id
            return re.search(self.text, model_id.lower()) is not None
        return self._plain(self.text.lower(), model_id.lower())

    def _plain(self, text: str, model_id: str) -> bool:
        if self.kind == "equals":
            return model_id == text
        if self.kind == "starts_with":
            return model_id.startswith(text)
        return model_id.endswith(text) if self.kind == "ends_with" else text in model_id

    def names(self) -> tuple[str, ...]:
        """Return the ids that the clause names exactly, in order; patterns name none."""
        if self.kind == "equals":
            return (self.text,)
        if self.kind == "or":
            return tuple(name for part in self.parts for name in part.names())
        return ()

    def __str__(self) -> str:
        """Return the clause with `*` for any text and `re:` before a pattern."""
        forms = {
            "equals": self.text,
            "starts_with": f"{self.text}*",
            "ends_with": f"*{self.text}",
            "contains": f"*{self.text}*",
            "regex": f"re:{self.text}",
            "or": " | ".join(map(str, self.parts)),
            "and": f"({' & '.join(map(str, self.parts))})",
        }
        return forms[self.kind]
