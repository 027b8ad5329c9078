"""What parts of a session can contradict each other, and how that is said."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.errors import UsageError
from costcalc.estimate.stated import count, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from costcalc.sessions.session import Session

__all__ = [
    "MOST_STEPS",
    "RECORDED",
    "check_compaction",
    "check_names",
    "check_reasoning",
    "check_recorded",
    "edits_of",
    "step_of",
]

MOST_STEPS = 1_000_000
"""Most steps of a session, those of its branches included; beyond it a number is a mistake."""
RECORDED = "recorded"
"""The cache of a session that is replayed as it was billed."""

_SIMULATED = (
    "miss_ratio", "misses", "warm_start_ratio", "edits", "compact_at", "branches",
)  # fmt: skip


def check_names(session: Session) -> None:
    """Refuse a model or a cache that is no name."""
    for name in ("model", "cache"):
        value = getattr(session, name)
        if value is not None and not isinstance(value, str):
            msg = f"{name} is a name or None, not {shown(value)}"
            raise UsageError(msg, field=name, value=value)


def check_reasoning(session: Session) -> None:
    """Refuse more reasoning than output at any step."""
    if not session.reasoning_tokens_per_step:
        return
    for step in range(1, session.length + 1):
        made = _of_step(session.output_tokens_per_step, step)
        hidden = _of_step(session.reasoning_tokens_per_step, step)
        if hidden > made:
            msg = (
                f"reasoning_tokens_per_step is {hidden} at step {step}, above "
                f"output_tokens_per_step, which contains it and is {made}"
            )
            raise UsageError(msg, step=step)


def _of_step(value: int | tuple[int, ...], step: int) -> int:
    """Return the value of a step where there is one for each, else the one for all."""
    return value[step - 1] if isinstance(value, tuple) else value


def check_recorded(session: Session) -> None:
    """Refuse to replay what was not recorded, or with what cannot have been."""
    steps = session.steps
    if isinstance(steps, int) or not all(step.usage is not None for step in steps):
        msg = "cache 'recorded' replays usages; make the session with Session.from_usages"
        raise UsageError(msg, cache=session.cache)
    stated = [name for name in _SIMULATED if getattr(session, name)]
    if stated:
        msg = (
            f"a recorded session is replayed as it was billed, without {' and '.join(stated)}; "
            "cache=None simulates it anew"
        )
        raise UsageError(msg, stated=stated)


def check_compaction(limit: int, least: int) -> None:
    """Refuse a threshold that the conversation is above right after compaction."""
    if limit <= least:
        msg = (
            f"compact_at is {limit:,}, and system prompt and summary alone are {least:,}; "
            "compaction would never end"
        )
        raise UsageError(msg, compact_at=limit)


def edits_of(session: Session, stated: Any) -> dict[int, int]:
    """Return the tokens that stay by the number of the step before which the rest was edited."""
    if not isinstance(stated, Mapping):
        msg = f"edits maps steps to the tokens that stay, as {{5: 20_000}}, not {shown(stated)}"
        raise UsageError(msg, edits=stated)
    edits: Mapping[Any, Any] = stated
    return {
        step_of(session, "edits", step): count(kept, f"edits of step {step}")
        for step, kept in edits.items()
    }


def step_of(session: Session, name: str, value: Any) -> int:
    """Return the number of a step; `UsageError` where there is none such."""
    step = count(value, f"a step of {name}", least=1)
    if step > session.length:
        msg = f"{name} names step {step:,}, and the session has {session.length:,}"
        raise UsageError(msg, step=step)
    return step
