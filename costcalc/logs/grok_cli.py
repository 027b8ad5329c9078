"""Grok CLI's sessions: a line a turn, with what xAI charged for it.

`$GROK_HOME/sessions/<project>/<session>/updates.jsonl`. A turn adds up its calls by model; cached
tokens are parts of the input and reasoning is one of the output. `costUsdTicks` is the charge in
1e-10 USD, `modelCalls` says how many calls they were; `_meta.totalTokens` is the size of a context
and no usage. The shape is documented by https://github.com/ccusage/ccusage (rust/adapters/grok,
which holds 58 turns against xAI's prices) and mag123c/toktrack#235.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal

from costcalc.errors import UsageError
from costcalc.logs.calls import moment_of
from costcalc.logs.documents import parsed
from costcalc.logs.entries import Entries, disjoint
from costcalc.logs.format import Fact, Format
from costcalc.money import EXACT
from costcalc.usage.responses import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.logs.calls import Calls
    from costcalc.logs.files import LogFile

__all__ = ["FORMAT"]

_NAME = "grok-cli"
_MARK = b'"turn_completed"'
_TICK = Decimal("1e-10")
_BUILD = "-build"
"""What the CLI appends to the id of a model that it is billed as."""
_LONG = 128_000
"""From here on the price of a model may depend on the size of a prompt."""
_SUMMED = (
    "a turn adds up its calls and says not how many; a price by prompt size is judged on the sum"
)


def _read(file: LogFile, calls: Calls) -> None:
    entries = Entries(_NAME, file, calls)
    for number, line in file.lines(_MARK):
        _take(parsed(file, number, line), number, entries)


def _take(row: Any, number: int, entries: Entries) -> None:
    """Add the calls of a turn, one a model."""
    params = fields.value(row, "params")
    update = fields.value(params, "update")
    usage = fields.value(update, "usage")
    if fields.text(update, "sessionUpdate") != "turn_completed" or usage is None:
        return
    at = fields.value(params, "_meta.agentTimestampMs") or fields.value(row, "timestamp")
    session = fields.text(params, "sessionId")
    event = fields.text(params, "_meta.eventId") or fields.text(update, "prompt_id")
    models = fields.entries(usage, "modelUsage") or {"": usage}
    for model, counted in models.items():
        try:
            _add(model, counted, number, entries, moment_of(at), session, event)
        except UsageError as error:
            entries.fault(
                number, error, (_NAME, event, model) if event else None, at=at, session=session,
                model=model.removesuffix(_BUILD), provider="xai", id=event,
                project=_project(entries.file.path),
            )  # fmt: skip


def _add(
    model: str,
    counted: Any,
    number: int,
    entries: Entries,
    at: int | None,
    session: str | None,
    event: str | None,
) -> None:
    """Add the calls of a model in a turn; `UsageError` where they contradict themselves."""
    if not isinstance(counted, Mapping):
        msg = f"the usage of {model!r} is no object with counts"
        raise UsageError(msg, model=model)
    prompt, output = fields.count(counted, "inputTokens"), fields.count(counted, "outputTokens")
    stated = fields.count(counted, "totalTokens")
    if stated and stated != prompt + output:
        msg = f"totalTokens is {stated:,}, and input and output are {prompt + output:,}"
        raise UsageError(msg, total=stated)
    counts = disjoint(
        input_tokens=prompt, cache_read=fields.count(counted, "cachedReadTokens"),
        cache_write=fields.count(counted, "cacheCreationTokens"), output_tokens=output,
        reasoning=fields.count(counted, "reasoningTokens"),
    )  # fmt: skip
    if not any(counts):
        return
    calls, ticks = entries.calls, fields.count(counted, "costUsdTicks")
    requests = fields.count(counted, "modelCalls")
    call = entries.call(
        number, counts, model=model.removesuffix(_BUILD), provider="xai", at=at, session=session,
        project=_project(entries.file.path), id=event,
        stated=EXACT.multiply(Decimal(ticks), _TICK), requests=requests if requests > 1 else None,
    )  # fmt: skip
    key = (_NAME, event, model) if event else (_NAME, session, at, model, counts)
    if key not in calls.found and prompt > _LONG and not requests:
        calls.note("running_total", _SUMMED)
    calls.add(key, call)


def _project(path: str) -> str | None:
    """Return the folder of a project, as the CLI spells it: its path with percent signs."""
    from urllib.parse import unquote

    folders = os.path.normpath(os.path.abspath(path)).split(os.sep)
    return unquote(folders[-3]) if "sessions" in folders[:-3] else None


def _homes() -> list[str]:
    root = os.environ.get("GROK_HOME") or os.path.expanduser("~/.grok")
    return [os.path.join(root, "sessions")]


FORMAT = Format(
    name=_NAME,
    title="Grok CLI",
    read=_read,
    marks=((b'"sessionUpdate"', b'"params"'),),
    homes=_homes,
    facts=(
        Fact(
            "stated_charge",
            "Grok CLI's logs state what xAI charged for a turn; it stands beside what its list "
            "prices come to, and promotions make it less",
        ),
    ),
)
