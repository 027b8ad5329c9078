"""Frames: what an API puts around messages, calls and tools, in tokens."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Calls", "Definitions", "Frame", "frame_of"]


@dataclass(frozen=True, slots=True)
class Calls:
    """Tokens around calls of tools and around what they gave."""

    rule: str
    call: int = 8
    """Around a call, beside its name and its arguments."""
    names: int = 1
    """How often the name of a called tool is written."""
    argument: int | None = None
    """Around an argument that is written as a key and a value; None where it is JSON."""
    result: int = 5
    """Around a result, beside the frame of its message."""
    low: int = 6
    """Fewer that a call with its result may take."""
    high: int = 12
    """More that it may take."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """Tokens of the tools that a request defines."""

    rule: str
    form: str
    """`typescript`, `tagged` (JSON in Claude's tags), `line` (OpenAI's JSON) or `declaration`."""
    base: int = 0
    """Once, where there are tools."""
    beside_system: int = 0
    """Added where there is a system message."""
    each: int = 0
    """For each tool, beside what it says."""
    low: int = 0
    high: int = 0
    """Fewer and more that they may take, once."""
    percent: tuple[int, int] = (0, 0)
    """Percent fewer and more, where the form itself is not sure."""
    method: str = "calibrated"


@dataclass(frozen=True, slots=True)
class Frame:
    """Tokens around messages."""

    rule: str
    start: int = 0
    """Before the first message."""
    system: int = 0
    user: int = 0
    assistant: int = 0
    """Around a message of this role."""
    tool: int | None = None
    """Around a tool's message; None where its result is part of the user's turn."""
    reply: int = 0
    """What opens the reply."""
    named: int = 0
    """Where a message has a name, beside the name."""
    unprompted: int = 0
    """What the API says itself where there is no system message."""
    merged: bool = False
    """Whether messages of one side in a row are one turn, and a prefilled answer is the reply."""
    low: tuple[int, int] = (0, 0)
    high: tuple[int, int] = (0, 0)
    """Fewer and more that they may take: once, and for each message."""
    method: str = "calibrated"
    calls: Calls = Calls("a guess from other makers' templates")
    definitions: Definitions = Definitions(
        "a guess from other makers' templates",
        "line",
        base=100,
        low=100,
        high=300,
        percent=(30, 40),
        method="heuristic",
    )
    schema: tuple[int, int, int] = (40, 40, 40)
    """How far the size of an answer's schema may be off: percent fewer, percent more, tokens."""


def frame_of(family: str, model: str | None) -> Frame:
    """Return what stands around a model's messages; the model's own rule is above its family's."""
    from costcalc.tokens.frame_table import FRAMES, MODELS, UNKNOWN

    for pattern, found in MODELS.get(family, ()) if model else ():
        if pattern.search(str(model).lower()):
            return found
    return FRAMES.get(family, UNKNOWN)
