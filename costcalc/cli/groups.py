"""Commands whose options come in groups, and groups of commands that load when they are needed."""

from __future__ import annotations

import functools
import inspect
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, get_type_hints

from typer.core import TyperCommand, TyperGroup

from costcalc.errors import UsageError, nearest_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import typer

__all__ = ["Group", "command"]


class _AsText:
    """How a command reads its values: as the text they are."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ARG002 - typer's own call
        if value is None and (param.multiple or param.nargs == -1):
            return ()
        return value


class _Plain:
    """A command that takes text and flags only, and parses them itself.

    Typer's own conversion would import pydantic and compile a validator per option, which costs
    more time than a price. Where a version of typer has no such hook, it converts as it always did.
    """

    def get_params(self, ctx: Any) -> Any:
        """Return the options and arguments, `--help` included, their values being text."""
        found = super().get_params(ctx)  # type: ignore[misc]
        for param in found:
            if getattr(param, "_runtime_param", self) is None:
                param._runtime_param = _AsText()  # noqa: SLF001 - the hook that is spoken of above
        return found


class _Command(_Plain, TyperCommand):
    """A command."""


class Group(_Plain, TyperGroup):
    """A group of commands that names the nearest ones when it does not know one."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the first argument names."""
        name = args[0]
        known = self.list_commands(ctx)
        if name not in known and not ctx.resilient_parsing:
            near = nearest_names(name, known)
            hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(known)}"
            msg = f"unknown command {name!r}; {hint}; see '{ctx.command_path} --help'"
            raise UsageError(msg, command=name)
        return super().resolve_command(ctx, args)


def command(app: typer.Typer, name: str | None = None) -> Callable[[Any], Any]:
    """Register a function as a command; a parameter that is a dataclass becomes its fields.

    So that commands share options by sharing a dataclass of them.
    """

    def registered(function: Callable[..., int]) -> Callable[..., int]:
        app.command(name, cls=_Command)(_expanded(function))
        return function

    return registered


def _expanded(function: Callable[..., int]) -> Callable[..., int]:
    """Return a function with one parameter an option, for typer to read."""
    parameters: list[inspect.Parameter] = []
    groups: dict[str, tuple[Any, list[str]]] = {}
    for name, hint, default in _parameters(function):
        if is_dataclass(hint):
            members = list(_fields(hint))
            groups[name] = (hint, [each.name for each in members])
            parameters += members
        else:
            parameters.append(_parameter(name, hint, default))

    def called(**values: Any) -> int:
        for name, (group, names) in groups.items():
            values[name] = group(**{each: values.pop(each) for each in names})
        return function(**values)

    functools.update_wrapper(called, function)
    del called.__dict__["__wrapped__"]  # typer shall read this signature, not the one behind it
    called.__signature__ = inspect.Signature(parameters)  # type: ignore  # noqa: PGH003 - as inspect reads it
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    return called


def _parameters(function: Callable[..., int]) -> Iterator[tuple[str, Any, Any]]:
    hints = get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        yield name, hints[name], parameter.default


def _fields(group: Any) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for each in fields(group):
        yield _parameter(each.name, hints[each.name], each.default)


def _parameter(name: str, hint: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
