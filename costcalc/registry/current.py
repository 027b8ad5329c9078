"""Whose prices hold where a call names no registry: yours if you said so, else the bundled ones."""

from __future__ import annotations

import os
from _thread import allocate_lock  # `threading` costs more than a price
from contextvars import ContextVar
from weakref import ref

from costcalc.errors import RegistryError, UsageError
from costcalc.registry.registry import Registry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Token
    from types import TracebackType
    from typing import Any

__all__ = ["Use", "check_registry", "current", "use"]

_scoped: ContextVar[Registry | None] = ContextVar("costcalc_registry", default=None)
_held: list[tuple[ref[Use], Registry]] = []  # process-wide, the last one holds
_lock = allocate_lock()
_configured: Registry | None = None


def current() -> Registry:
    """Return the registry that holds here.

    In this order: the innermost `with costcalc.use(...)`, the process's `costcalc.use(...)`, the
    file that `COSTCALC_PRICING` names, `pricing` in `[tool.costcalc]` of the nearest
    `pyproject.toml`, the bundled list. Files are merged over the bundled list; they are looked for
    once a process.
    """
    found = _scoped.get() or (_held[-1][1] if _held else _configured)
    return found if found is not None else _configure()


def check_registry(registry: object) -> None:
    """Refuse what is no registry; `UsageError` says how to get one."""
    if not isinstance(registry, Registry):
        msg = (
            f"registry is a costcalc.Registry, not {type(registry).__name__}; "
            "load a file with Registry.from_yaml(...) or Registry.load().overlay(...)"
        )
        raise UsageError(msg, registry=registry)


class Use:
    """What `use` returns: leave it, and it holds for the process; enter it, and it ends."""

    __slots__ = ("__weakref__", "_registry", "_tokens")

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._tokens: list[Token[Registry | None]] = []
        with _lock:
            # of those that nobody can enter any more, only the newest can come to hold again
            newest = next((each for each in reversed(_held) if each[0]() is None), None)
            kept = [each for each in _held if each is newest or each[0]() is not None]
            _held[:] = [*kept, (ref(self), registry)]

    def __enter__(self) -> Registry:
        """Let the registry hold within this block and this task or thread only."""
        with _lock:
            _held[:] = [each for each in _held if each[0]() is not self]
        self._tokens.append(_scoped.set(self._registry))
        return self._registry

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the registry before hold again."""
        if self._tokens:
            _scoped.reset(self._tokens.pop())


def use(registry: Registry) -> Use:
    """Let a registry hold for the process, or within `with costcalc.use(registry):`."""
    if not isinstance(registry, Registry):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = (
            f"use() takes a Registry, not {type(registry).__name__}; load a file with "
            "Registry.load().overlay('prices.yaml')"
        )
        raise UsageError(msg)
    return Use(registry)


def _configure() -> Registry:
    global _configured  # noqa: PLW0603 - read once a process
    path = os.environ.get("COSTCALC_PRICING") or None
    whose = "COSTCALC_PRICING"
    if path is None:
        path = _from_pyproject()
        whose = "[tool.costcalc] pricing"
    found = Registry.load()
    if path is not None:
        if not os.path.isfile(path):
            msg = f"{whose} names a file that is not there; correct it, or unset it"
            raise RegistryError(msg, path=path)
        found = found.overlay(path)
    _configured = found
    return found


def _from_pyproject() -> str | None:
    """Return the path that the nearest pyproject.toml names, if it has a table of ours."""
    folder = os.getcwd()
    while True:
        path = os.path.join(folder, "pyproject.toml")
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError:
            above = os.path.dirname(folder)
            if above == folder:
                return None
            folder = above
            continue
        if not any(_speaks_of_us(line) for line in data.splitlines()):
            return None
        import tomllib  # most projects have no table of ours

        try:
            project = tomllib.loads(data.decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RegistryError(f"this is not valid TOML: {error}", path=path) from None
        return _named(project, path)


def _speaks_of_us(line: bytes) -> bool:
    """Return whether a line of TOML may begin our table; parsing costs more than a price."""
    said = line.translate(None, b" \t\"'")
    return said.startswith((b"[tool.costcalc", b"tool.costcalc", b"tool=", b"costcalc"))


def _named(project: dict[str, Any], path: str) -> str | None:
    """Return the path that `[tool.costcalc] pricing` names, beside its file."""
    table: Any = project
    where = ""
    for key in ("tool", "costcalc", "pricing"):
        if not isinstance(table, dict):
            raise RegistryError(f"{where} is a table, not {table!r}", path=path, key=where)
        table = table.get(key)
        where = f"{where}.{key}" if where else key
        if table is None:
            return None
    if not isinstance(table, str) or not table:
        msg = f"pricing is the path of a price file, not {table!r}"
        raise RegistryError(msg, path=path, key=where)
    return os.path.join(os.path.dirname(path), os.path.expanduser(table))
