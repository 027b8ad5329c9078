"""What every value of the public surface can do: serialise, validate and describe itself.

The values are frozen standard dataclasses, so that importing them costs little; pydantic reads them
natively and is imported when one of these methods is first called.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

__all__ = ["Value"]

_adapters: dict[type, Any] = {}


def _adapter(cls: type) -> Any:
    found = _adapters.get(cls)
    if found is None:
        from pydantic import TypeAdapter

        found = _adapters[cls] = TypeAdapter(cls)
    return found


class Value:
    """A frozen value with pydantic's methods; amounts are dumped as decimal strings in JSON."""

    __slots__ = ()

    def model_dump(self, **options: Any) -> dict[str, Any]:
        """Return the fields as a dict; options are those of pydantic's `dump_python`."""
        return _adapter(type(self)).dump_python(self, **options)

    def model_dump_json(self, **options: Any) -> str:
        """Return the fields as JSON text; options are those of pydantic's `dump_json`."""
        return _adapter(type(self)).dump_json(self, **options).decode()

    @classmethod
    def model_validate(cls, data: Any, **options: Any) -> Self:
        """Return a value from a dict; raises pydantic's `ValidationError`."""
        return _adapter(cls).validate_python(data, **options)

    @classmethod
    def model_validate_json(cls, data: str | bytes, **options: Any) -> Self:
        """Return a value from JSON; raises pydantic's `ValidationError`."""
        return _adapter(cls).validate_json(data, **options)

    @classmethod
    def model_json_schema(cls, **options: Any) -> dict[str, Any]:
        """Return the JSON schema of the value."""
        return _adapter(cls).json_schema(**options)
