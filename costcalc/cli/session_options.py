"""The options of `costcalc session` that describe the session, and how they are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.cli.counts import parse_count, parse_pairs
from costcalc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from costcalc.sessions.presets import Preset
    from costcalc.sessions.session import Session

__all__ = ["OPTIONS", "SessionOptions", "in_options", "in_words", "option"]


def option(name: str, metavar: str, about: str, panel: str = "Session") -> Any:
    """Return an option that takes a text and has no default."""
    return typer.Option(
        name, show_default=False, metavar=metavar, help=about, rich_help_panel=panel
    )


@dataclass(frozen=True, kw_only=True)
class SessionOptions:
    """The shape of a session and its cache, as it is typed."""

    preset: Annotated[
        str | None,
        option(
            "--preset",
            "NAME",
            "A typical session: chat, coding-agent; options override it. See --presets.",
        ),
    ] = None
    steps: Annotated[str | None, option("--steps", "COUNT", "How many model calls.")] = None
    system: Annotated[
        str | None, option("--system", "TOKENS", "System prompt and tools, in every prompt.")
    ] = None
    input: Annotated[
        str | None,
        option("--input", "TOKENS", "New input of each step: 1500, or one for each: 9k,500,500."),
    ] = None
    output: Annotated[
        str | None, option("--output", "TOKENS", "Billed output of each step, reasoning included.")
    ] = None
    reasoning: Annotated[
        str | None, option("--reasoning", "TOKENS", "Part of --output that is not sent again.")
    ] = None
    transient: Annotated[
        str | None,
        option("--transient", "TOKENS", "Input of one prompt only, such as retrieved passages."),
    ] = None
    gap: Annotated[
        str | None,
        option(
            "--gap", "TIME", "Wait before each later step: 90s, 5m, 1h30m, or one for each; else 0."
        ),
    ] = None
    edit: Annotated[
        list[str] | None,
        option(
            "--edit",
            "STEP=TOKENS",
            "Edited before this step; so many first tokens stay. Repeatable.",
        ),
    ] = None
    compact_at: Annotated[
        str | None, option("--compact-at", "TOKENS", "Summarise the conversation above this size.")
    ] = None
    summary: Annotated[str | None, option("--summary", "TOKENS", "Length of such a summary.")] = (
        None
    )
    cache: Annotated[
        str | None,
        option(
            "--cache", "CACHE", "none, automatic, explicit, or a life: 5m, 1h; else its own.",
            "Cache",
        ),
    ] = None  # fmt: skip
    miss_ratio: Annotated[
        str | None,
        option("--miss-ratio", "SHARE", "Probability that a step finds no cache: 3%.", "Cache"),
    ] = None
    misses: Annotated[
        str | None, option("--misses", "STEPS", "Steps that find none for certain: 4,9.", "Cache")
    ] = None
    warm: Annotated[
        str | None,
        option("--warm", "SHARE", "Probability that the system prompt is cached before.", "Cache"),
    ] = None
    seed: Annotated[
        str | None,
        option("--seed", "NUMBER", "What the draws begin from; 0 unless given.", "Cache"),
    ] = None

    def typical(self) -> Preset | None:
        """Return the preset; `UsageError` where there is none of that name."""
        if self.preset is None:
            return None
        from costcalc.sessions.presets import preset

        return preset(self.preset)

    def session(self, model: str) -> Session:
        """Return the session; `UsageError` in the words of the options where it cannot be."""
        from costcalc.sessions.session import Session

        preset, fields = self.typical(), self._fields()
        if preset is not None:
            return preset.session(model, **fields)
        if self.steps is None:
            msg = (
                "say how long the session is: --steps 40, or --preset coding-agent; see 'costcalc "
                "session --presets'"
            )
            raise UsageError(msg)
        return Session(model=model, **fields)

    def _fields(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in _COUNTS:
            self._read(found, name, parse_count)
        for name in _PER_STEP:
            self._read(found, name, _counts)
        for name in ("miss_ratio", "warm_start_ratio"):
            self._read(found, name, _same)
        self._read(found, "gap", _waits)
        self._read(found, "cache", _cache)
        self._read(found, "misses", _numbers)
        if self.edit:
            pairs = parse_pairs(self.edit, "--edit", "12=20k")
            found["edits"] = {
                parse_count(step, "--edit"): parse_count(kept, f"--edit {step}")
                for step, kept in pairs.items()
            }
        return found

    def _read(self, found: dict[str, Any], name: str, read: Callable[[str, str], Any]) -> None:
        """Read the option of a field of `Session`, where it was typed."""
        option = OPTIONS[name]
        text: str | None = getattr(self, option.removeprefix("--").replace("-", "_"))
        if text is not None:
            found[name] = read(text, option)


_COUNTS = ("steps", "system_tokens", "compact_at", "summary_tokens", "seed")
_PER_STEP = (
    "input_tokens_per_step", "output_tokens_per_step", "reasoning_tokens_per_step",
    "transient_tokens_per_step",
)  # fmt: skip
OPTIONS = {
    "steps": "--steps",
    "system_tokens": "--system",
    "input_tokens_per_step": "--input",
    "output_tokens_per_step": "--output",
    "reasoning_tokens_per_step": "--reasoning",
    "transient_tokens_per_step": "--transient",
    "gap": "--gap",
    "cache": "--cache",
    "edits": "--edit",
    "compact_at": "--compact-at",
    "summary_tokens": "--summary",
    "misses": "--misses",
    "miss_ratio": "--miss-ratio",
    "warm_start_ratio": "--warm",
    "seed": "--seed",
}
"""The option of each field of a session."""
_WORDS = re.compile(rf"^(?:{'|'.join(OPTIONS)})\b|\b[a-z]+(?:_[a-z]+)+\b")
"""A field where a sentence begins with it, or anywhere where its name is no English word."""


def in_words(text: str) -> str:
    """Return a text about fields of `Session` in the words of the options."""
    return _WORDS.sub(lambda word: OPTIONS.get(word[0], word[0]), text)


def in_options(error: UsageError) -> UsageError:
    """Return an error about fields of `Session` in the words of the options."""
    return UsageError(in_words(str(error)), **error.facts)


def _counts(text: str, option: str) -> int | list[int]:
    """Return one count, or one for each step; a comma between thousands is none between steps."""
    try:
        return parse_count(text, option)
    except UsageError:
        if "," not in text:
            raise
    return _numbers(text, option)


def _numbers(text: str, option: str) -> list[int]:
    return [parse_count(each, option) for each in text.split(",")]


def _same(text: str, _: str) -> str:
    return text


def _waits(text: str, option: str) -> Any:
    """Return one wait, or one for each step; a bare number is seconds."""
    found = [_wait(each, option) for each in text.split(",")]
    return found if len(found) > 1 else found[0]


def _wait(text: str, option: str) -> Any:
    from costcalc.estimate.stated import wait

    said = text.strip()
    try:
        return wait(int(said) if said.isascii() and said.isdigit() else said, option)
    except UsageError:
        msg = f"{option} {text!r} is no wait; write it like 90s, 5m or 1h30m, up to ten years"
        raise UsageError(msg, option=option, value=text) from None


def _cache(text: str, option: str) -> str:
    """Return the choice of a cache; what a session was recorded with cannot be typed."""
    if text == "recorded":
        msg = f"{option} {text!r} is for sessions that were recorded; {_CACHES}"
        raise UsageError(msg, option=option, value=text)
    return text


_CACHES = "write none, automatic, explicit or a life such as 5m or 1h"
