"""Every log format that can be read, and which one a file has."""

from __future__ import annotations

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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.logs.files import LogFile
    from costcalc.logs.format import Format

__all__ = ["FORMATS", "format_named", "format_of"]

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
