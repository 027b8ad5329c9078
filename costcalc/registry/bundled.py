"""The bundled prices: compiled in a wheel, and compiled anew where a checkout's YAML changed."""

from __future__ import annotations

import os

from costcalc.errors import RegistryError
from costcalc.registry.store import FORMAT, CompiledStore

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from costcalc.registry.registry import Registry
    from costcalc.registry.store import Entries, Store

__all__ = ["bundled", "compile_folder", "from_yaml"]

_HERE = os.path.dirname(os.path.abspath(__file__))
_SHIPPED = os.path.join(_HERE, "prices.tsv")
_FOLDER = os.path.join(os.path.dirname(os.path.dirname(_HERE)), "pricing")
_KEPT = os.path.join(_HERE, "__pycache__", f"prices-{FORMAT}.tsv")

_loaded: Registry | None = None


def bundled() -> Registry:
    """Return the bundled registry, read at the first call."""
    global _loaded  # noqa: PLW0603 - one list a process
    if _loaded is None:
        from costcalc.registry.registry import Registry

        _loaded = Registry(_shipped() or _checkout())
    return _loaded


def _shipped() -> CompiledStore | None:
    """Return the list that a wheel carries; it has no YAML beside it, and checks nothing."""
    try:
        with open(_SHIPPED, "rb") as file:
            return CompiledStore(file.read())
    except FileNotFoundError:
        return None


def _checkout() -> Store:
    """Return the compiled form of a checkout's YAML, never an older state of it."""
    sources = _sources(_FOLDER)
    if not sources:
        msg = "the package carries no prices; install costcalc again"
        raise RegistryError(msg, path=_SHIPPED)
    try:
        with open(_KEPT, "rb") as file:
            store = CompiledStore(file.read())
        if store.header.get("sources") == sources:
            return store
    except (OSError, ValueError):
        pass  # never built here, or by another version
    from pathlib import Path

    text = compile_folder(Path(_FOLDER), sources)
    data = text.encode()
    part = f"{_KEPT}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(_KEPT), exist_ok=True)
        with open(part, "wb") as file:
            file.write(data)
        os.replace(part, _KEPT)
    except OSError:
        pass  # a checkout that cannot be written is compiled in each process
    return CompiledStore(data)


def _sources(folder: str) -> list[list[Any]]:
    """Return name, size and time of change of every price file, and of what compiles them."""
    found: list[list[Any]] = []
    pending = [folder]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.is_dir():
                        pending.append(entry.path)
                    elif entry.name.endswith(".yaml"):
                        stat = entry.stat()
                        name = os.path.relpath(entry.path, folder)
                        found.append([name, stat.st_size, stat.st_mtime_ns])
        except FileNotFoundError:
            return []
    if not found:
        return []
    for name in ("loading.py", "scalars.py", "schema.py", "store.py"):  # they make the form
        stat = os.stat(os.path.join(_HERE, name))
        found.append([name, stat.st_size, stat.st_mtime_ns])
    return sorted(found)


def compile_folder(folder: Path, sources: list[list[Any]] | None = None) -> str:
    """Return the compiled form of a folder of price files."""
    from costcalc.registry.loading import load_files, read_price_files
    from costcalc.registry.store import compiled_text

    return compiled_text(load_files(read_price_files(folder)), sources)


def from_yaml(path_or_text: str | os.PathLike[str]) -> Entries:
    """Return the entries of a YAML path or text; calendars of the bundled list are known to it."""
    from pathlib import Path

    from costcalc.registry.loading import load_text, read_text

    if isinstance(path_or_text, str) and "\n" in path_or_text:
        text, path = path_or_text, "<text>"
    elif isinstance(path_or_text, str | os.PathLike):  # pyright: ignore[reportUnnecessaryIsInstance] - untyped callers
        path = os.fspath(path_or_text)
        text = read_text(Path(path))
    else:
        msg = f"prices are read from a path or from YAML text, not {path_or_text!r}"
        raise RegistryError(msg)
    calendars: dict[str, Any] = {}
    if "not_holiday" in text:
        store = bundled().store
        calendars = {name: store.calendar(name) for name in store.calendar_names()}
    return load_text(text, path, calendars)
