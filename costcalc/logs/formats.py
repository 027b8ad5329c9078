"""Every log format that can be read, and which one a file has."""

from __future__ import annotations

import os

from costcalc.errors import UsageError, nearest_names
from costcalc.logs import (
    anthropic_batch,
    claude_code,
    codex,
    gemini_cli,
    grok_cli,
    helicone,
    langfuse,
    litellm,
    openai_batch,
    opencode,
    openinference,
    otlp,
    usage_lines,
    usage_table,
)
from costcalc.logs.files import COMPRESSED, open_log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.logs.files import LogFile
    from costcalc.logs.format import Format

__all__ = ["FORMATS", "format_named", "format_of", "format_within"]

FORMATS: tuple[Format, ...] = (
    grok_cli.FORMAT,  # its lines may have the words of Claude Code's
    claude_code.FORMAT,
    codex.FORMAT,
    gemini_cli.FORMAT,
    opencode.FORMAT,
    openai_batch.FORMAT,
    anthropic_batch.FORMAT,
    otlp.FORMAT,
    openinference.FORMAT,
    litellm.FORMAT,
    langfuse.FORMAT,
    helicone.FORMAT,
    usage_lines.FORMAT,
    usage_table.FORMAT,
)
"""In the order in which a file is held against them; what has few marks comes last."""


def format_of(file: LogFile) -> Format | None:
    """Return the format of a file by how it begins; None where it is no log that is known."""
    head = file.head
    return next((each for each in FORMATS if each.fits(head)), None)


def format_within(path: str) -> Format | None:
    """Return the format of a file that does not begin as logs do: with junk, or a line of no end.

    Agents append to their logs whatever became of what they wrote before; no other file of lines is
    taken for one by what stands in its middle.
    """
    bare, ending = os.path.splitext(path.lower())
    if not (bare if ending in COMPRESSED else path.lower()).endswith(".jsonl"):
        return None
    agents = [each for each in FORMATS if each.is_of_agents]
    with open_log(path, lambda _: None) as file:
        blocks = file.blocks() if file is not None else ()
        return next(
            (each for block in blocks if block for each in agents if each.fits(block)), None
        )


def format_named(name: str) -> Format:
    """Return a format by its name; `UsageError` names the known ones."""
    for each in FORMATS:
        if each.name == name:
            return each
    known = [each.name for each in FORMATS]
    near = nearest_names(name, known)
    hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(known)}"
    msg = f"{name!r} is no format of a log; {hint}"
    raise UsageError(msg, format=name)
