"""Names that a shell completes: models and providers of the registry that would be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from costcalc.errors import CostcalcError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costcalc.registry.registry import Registry

__all__ = ["complete_model", "complete_provider", "registry_of"]


def registry_of(pricing: str | None) -> Registry:
    """Return the registry of `--pricing FILE`: the file over the bundled prices.

    Without a file it is the one that the environment or the project names, or the bundled one.
    """
    if pricing is not None:
        from costcalc.registry.registry import Registry

        return Registry.load().overlay(pricing)
    from costcalc.registry.current import current

    return current()


def _store(context: typer.Context) -> Registry | None:
    try:
        return registry_of(context.params.get("pricing"))
    except CostcalcError:
        return None  # a shell has no place for an error; the command will say it


def complete_model(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the model names that begin so; behind `provider/`, that provider's."""
    registry = _store(ctx)
    if registry is None:
        return []
    return [incomplete + name[len(incomplete) :] for name in _models(registry, incomplete.lower())]


def _models(registry: Registry, start: str) -> Iterator[str]:
    head, slash, _ = start.partition("/")
    seller = registry.store.provider(head) if slash else None
    if seller is None:
        return (name for name in registry.store.names() if name.startswith(start))
    mine = (each for each in registry.store.records() if each["provider"] == seller["id"])
    names = (f"{head}/{each['id']}" for each in mine)
    return (name for name in names if name.lower().startswith(start))


def complete_provider(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the providers that begin so."""
    registry = _store(ctx)
    known = registry.providers() if registry is not None else ()
    return [name for name in known if name.startswith(incomplete)]
