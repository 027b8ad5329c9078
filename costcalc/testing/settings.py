"""What `[tool.costcalc]` says to a test suite: the day of its prices, and where its pins stand."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from costcalc import instants
from costcalc.errors import RegistryError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "DEFAULT_PINS", "NOW", "TOLD", "Settings", "UnfrozenPricesWarning", "instant_of",
    "settings_of", "warn_unfrozen",
]  # fmt: skip

DEFAULT_PINS = "tests/price_pins.yaml"
"""Where the lock file stands unless `[tool.costcalc] pins` says another place."""
NOW = "now"
"""What `as_of` says where today's prices are meant."""
TOLD: list[tuple[datetime, str]] = []
"""Instants that the command lines of pytest state, with who says so; that of the run within a run
is the last. Tests of unittest have no other way to their run."""


class UnfrozenPricesWarning(UserWarning):
    """A test uses today's prices, since nobody said of which day they are.

    Set `as_of` in `[tool.costcalc]`, `--costcalc-as-of` or `@pytest.mark.pricing(at=...)` to fix
    it; to accept it, say `as_of = "now"`.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the nearest `pyproject.toml` says to a test suite."""

    as_of: datetime | date | str | None = None
    """The day or instant of the prices, or `now`; None where nothing is said."""
    pins: Path
    """Where the lock file stands, or would."""
    has_pins: bool = False
    """Whether the lock file was asked for: it is named, or stands at its usual place."""
    file: Path | None = None
    """The `pyproject.toml` that was read."""


def settings_of(root: Path) -> Settings:
    """Return the settings of the nearest `pyproject.toml`, from a folder upwards."""
    file = next((p for at in (root, *root.parents) if (p := at / "pyproject.toml").is_file()), None)
    table = {} if file is None else _table(file)
    as_of = table.get("as_of")
    if as_of is not None:
        _check_as_of(as_of, file)
    named = table.get("pins")
    if named is not None and (not isinstance(named, str) or not named):
        msg = f"pins is the path of the file of pinned prices, not {named!r}"
        raise RegistryError(msg, path=str(file), key="tool.costcalc.pins")
    folder = root if file is None else file.parent
    pins = folder / (named or DEFAULT_PINS)
    return Settings(as_of=as_of, pins=pins, has_pins=bool(named) or pins.is_file(), file=file)


def warn_unfrozen(places: str) -> None:
    """Warn that nobody said of which day the prices are; `places` is where one may be set."""
    text = (
        "no day of the prices is stated, so these tests use today's and may fail tomorrow; set "
        f"{places}, or say 'now' if that is meant"
    )
    warnings.warn(text, UnfrozenPricesWarning, stacklevel=3)


def _table(file: Path) -> dict[str, Any]:
    """Return the table `[tool.costcalc]` of a file; empty where it has none."""
    import tomllib

    try:
        project = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"this is not valid TOML: {error}"
        raise RegistryError(msg, path=str(file)) from None
    table: Any = project
    for key in ("tool", "tool.costcalc"):
        table = table.get(key.rpartition(".")[2], {})
        if not isinstance(table, dict):
            msg = f"this is a table, not {table!r}"
            raise RegistryError(msg, path=str(file), key=key)
    return table


def _check_as_of(as_of: object, file: Path | None) -> None:
    try:
        instant_of(as_of, now=instants.to_datetime(0))
    except UsageError as error:
        key = "tool.costcalc.as_of"
        raise RegistryError(str(error), path=str(file), key=key) from None


def instant_of(as_of: Any, *, now: datetime | None = None) -> datetime:
    """Return the instant that a date, an instant or `now` means.

    Raises `UsageError` for what is none of them.
    """
    if isinstance(as_of, str) and as_of.strip().lower() == NOW:
        return datetime.now(UTC) if now is None else now
    return instants.to_datetime(instants.parse(as_of))
