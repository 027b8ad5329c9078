"""Whose prices hold where a call names no registry: yours if you said so, else the bundled ones."""

from __future__ import annotations

import os
from contextvars import ContextVar

from costcalc.errors import RegistryError, UsageError
from costcalc.registry.registry import Registry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Token
    from types import TracebackType

__all__ = ["Use", "current", "use"]

_scoped: ContextVar[Registry | None] = ContextVar("costcalc_registry", default=None)
_process: Registry | None = None
_configured: Registry | None = None


def current() -> Registry:
    """Return the registry that holds here.

    In this order: the innermost `with costcalc.use(...)`, the process's `costcalc.use(...)`, the
    file that `COSTCALC_PRICING` names, `pricing` in `[tool.costcalc]` of the nearest
    `pyproject.toml`, the bundled list. Files are merged over the bundled list; they are looked for
    once a process.
    """
    found = _scoped.get() or _process or _configured
    return found if found is not None else _configure()


class Use:
    """What `use` returns: leave it, and it holds for the process; enter it, and it ends."""

    __slots__ = ("_before", "_registry", "_token")

    def __init__(self, registry: Registry) -> None:
        global _process  # noqa: PLW0603 - this is the process-wide setting
        self._registry = registry
        self._before = _process
        self._token: Token[Registry | None] | None = None
        _process = registry

    def __enter__(self) -> Registry:
        """Let the registry hold within this block and this task or thread only."""
        global _process  # noqa: PLW0603 - the block takes the process-wide setting back
        _process = self._before
        self._token = _scoped.set(self._registry)
        return self._registry

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the registry before hold again."""
        if self._token is not None:
            _scoped.reset(self._token)
            self._token = None


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
        if b"tool.costcalc" not in data:
            return None
        import tomllib  # most projects have no table of ours

        try:
            table = tomllib.loads(data.decode()).get("tool", {}).get("costcalc", {})
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RegistryError(f"this is not valid TOML: {error}", path=path) from None
        named = table.get("pricing")
        if named is None:
            return None
        if not isinstance(named, str):
            msg = f"pricing is the path of a price file, not {named!r}"
            raise RegistryError(msg, path=path, key="tool.costcalc.pricing")
        return os.path.join(folder, os.path.expanduser(named))
