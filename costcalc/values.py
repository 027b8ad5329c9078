"""What every value of the public surface can do: serialise, validate and describe itself.

The values are frozen standard dataclasses, so that importing them costs little; pydantic reads them
natively and is imported when one of these methods is first called.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, NoReturn, Self

__all__ = ["Frozen", "Value", "frozen"]

_adapters: dict[type, Any] = {}


def _adapter(cls: type) -> Any:
    found = _adapters.get(cls)
    if found is None:
        from pydantic import TypeAdapter

        found = _adapters[cls] = TypeAdapter(cls)
    return found


def _refine(node: Any, *, strict: bool) -> None:
    """Change decimals and integers within a core schema."""
    if isinstance(node, dict):
        if node.get("type") == "int" and strict:
            node["strict"] = True
        elif node.get("type") == "decimal" and "serialization" not in node:
            from pydantic_core import core_schema

            node["serialization"] = core_schema.plain_serializer_function_ser_schema(
                plain_text, when_used="json"
            )
        # keys are text in JSON, whatever they count
        node = [each for key, each in node.items() if key != "keys_schema"]
    for each in node if isinstance(node, list) else ():
        _refine(each, strict=strict)


def plain_text(number: Any) -> str:
    """Return decimal text without an exponent: 0.0000001, not 1E-7."""
    return f"{number:f}"


class Frozen(dict[str, Any] if TYPE_CHECKING else dict):
    """A mapping that cannot change after it is made, so that it can stand in a frozen value."""

    __slots__ = ()
    _what = "a value"

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        msg = f"{self._what} cannot change; make a new one"
        raise TypeError(msg)

    def __hash__(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride] - immutable
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


_CHANGES = (
    "__setitem__",
    "__delitem__",
    "__ior__",
    "clear",
    "pop",
    "popitem",
    "setdefault",
    "update",
)
for _name in _CHANGES:
    setattr(Frozen, _name, Frozen._refuse)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - of this module


def frozen(value: Any) -> Any:
    """Return a value whose mappings and lists, at every depth, cannot change."""
    if isinstance(value, dict):
        return Frozen({key: frozen(each) for key, each in value.items()})
    if isinstance(value, list | tuple):
        return tuple(frozen(each) for each in value)
    return value


class Value:
    """A frozen value with pydantic's methods; amounts are dumped as decimal strings in JSON."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    _strict_integers: ClassVar[bool] = False

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Let pydantic write amounts without exponents, and read counts as whole numbers only."""
        schema = handler(source)
        _refine(schema, strict=cls._strict_integers)
        return schema

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
