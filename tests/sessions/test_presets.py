"""Typical sessions: every number has a reason, what is derived can be derived again."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from costcalc import Session, Step
from costcalc.errors import UsageError
from costcalc.sessions.presets import Preset, PresetField, preset, presets

NAMES = ("chat", "rag", "task-agent", "coding-agent", "coding-agent-mean", "coding-agent-long")
FIELDS = [(each.name, field) for each in presets() for field in each.fields]
MODEL = "claude-sonnet-4-6"
AT = "2026-07-01"


def value(name: str, field: str) -> int | Decimal:
    return next(each.value for each in preset(name).fields if each.name == field)


def test_the_presets_come_in_a_fixed_order() -> None:
    assert tuple(each.name for each in presets()) == NAMES
    assert {each.kind for each in presets()} == {"mean", "median", "P90"}
    assert all(each.about.endswith(".") and each.calibration.endswith(".") for each in presets())


@pytest.mark.parametrize(
    ("name", "field"), FIELDS, ids=[f"{name}: {field.name}" for name, field in FIELDS]
)
def test_every_number_says_where_it_comes_from(name: str, field: PresetField) -> None:
    assert field.note, name
    assert field.basis in {"measured", "derived", "assumed"}
    sourced = (field.source, field.url, field.date)
    if field.basis != "assumed":
        assert None not in sourced
    assert all(each is None for each in sourced) or all(sourced)
    if field.date is not None:
        assert field.url is not None
        assert field.url.startswith("https://")
        assert date(2024, 1, 1) < field.date <= date(2026, 11, 27)
    assert type(field.value) is (Decimal if field.unit == "share" else int)


def nearest(number: str) -> int:
    return int(Decimal(number).to_integral_value())


# what a source publishes, and the number that is made of it
DERIVED: dict[str, tuple[str, str, int | Decimal]] = {
    "2.54 turns are rounded up to whole calls": ("chat", "steps", -(-254 // 100)),
    "a message of 295.58 tokens": ("chat", "input_tokens_per_step", nearest("295.58")),
    "a reply of 441.34 tokens": ("chat", "output_tokens_per_step", nearest("441.34")),
    "1.4 minutes of waiting": ("chat", "gap", nearest("84.0")),
    "2.02 turns": ("rag", "steps", nearest("2.02")),
    "a message of 69.83 tokens": ("rag", "input_tokens_per_step", nearest("69.83")),
    "a reply of 215.71 tokens": ("rag", "output_tokens_per_step", nearest("215.71")),
    "5 passages of 800 tokens": ("rag", "transient_tokens_per_step", 5 * 800),
    "a median of 1 and one of 15 steps": ("coding-agent", "steps", 1 + 15),
    "875 appended, of which 214 were the reply": (
        "coding-agent", "input_tokens_per_step", 875 - 214,
    ),
    "all calls by all sessions": ("coding-agent-mean", "steps", round(357_161 / 4_265)),
    "all new tokens by all calls": (
        "coding-agent-mean", "input_tokens_per_step", 430_200_000 // 357_161,
    ),
    "all output by all calls": (
        "coding-agent-mean", "output_tokens_per_step", round(186_900_000 / 357_161),
    ),
    "a P90 of 17 and one of 135 steps": ("coding-agent-long", "steps", 17 + 135),
    "what was read of what could be read": (
        "coding-agent-mean", "miss_ratio", round(1 - Decimal("0.957") / Decimal("0.989"), 3),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "field", "expected"), DERIVED.values(), ids=DERIVED)
def test_what_is_derived_can_be_derived_again(
    name: str, field: str, expected: int | Decimal
) -> None:
    assert value(name, field) == expected


def test_the_task_agent_has_a_hundred_times_as_much_input_as_output() -> None:
    usage = Session.preset("task-agent", model=MODEL).estimate(at=AT).usage
    ratio = Decimal(usage.input_tokens) / usage.output_tokens
    assert abs(ratio - 100) < Decimal("0.02")


def test_the_long_agent_differs_from_the_mean_in_its_length_alone() -> None:
    mean, long = (
        {each.name: each.value for each in preset(name).fields}
        for name in ("coding-agent-mean", "coding-agent-long")
    )
    assert {name for name in mean if mean[name] != long[name]} == {"steps"}


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_a_session_that_can_be_priced(name: str) -> None:
    session = Session.preset(name, model=MODEL)
    assert session == preset(name).session(MODEL)
    assert session.length == value(name, "steps")
    assert session.gap == timedelta(seconds=int(value(name, "gap")))
    assert session.estimate(at=AT).total > 0


CHANGES: dict[str, tuple[dict[str, Any], int]] = {
    "a number": ({"steps": 100}, 100),
    "a list for each step": ({"steps": 3, "input_tokens_per_step": [9_000, 500, 500]}, 3),
    "a function of the step": ({"steps": 2, "output_tokens_per_step": lambda step: 100 * step}, 2),
    "text": ({"gap": "6m", "cache": "1h", "miss_ratio": "10%"}, 16),
    "steps that say their own counts": ({"steps": [Step(input_tokens=5), Step(gap="1s")]}, 2),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "length"), CHANGES.values(), ids=CHANGES)
def test_fields_of_a_preset_can_be_changed(changes: dict[str, Any], length: int) -> None:
    session = Session.preset("coding-agent", model=MODEL, **changes)
    assert session.length == length
    assert session == Session(
        model=MODEL,
        **{
            "system_tokens": 20_000,
            **(
                {}
                if isinstance(changes.get("steps"), list)
                else {"steps": 16, "input_tokens_per_step": 661, "output_tokens_per_step": 214}
            ),
            **changes,
        },
    )
    assert session.estimate(at=AT).steps[-1].index == length


ERRORS: dict[str, tuple[str, dict[str, Any], str]] = {
    "a name that is nearly one": (
        "coding_agent", {},
        "unknown preset 'coding_agent'; nearest: coding-agent, coding-agent-mean, coding-agent-long; known: chat, rag,",
    ),
    "a name that is none": ("zzz", {}, f"unknown preset 'zzz'; known: {', '.join(NAMES)}"),
    "a field that is nearly one": (
        "chat", {"system_token": 5}, "a session has no field 'system_token'; nearest: system_tokens",
    ),
    "a field that is none": ("chat", {"zzz": 5}, "a session has no field 'zzz'; it has: model, steps, system_tokens"),
    "a count that is none": ("chat", {"steps": 0}, "steps is a whole number from 1 on, not 0"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "message"), ERRORS.values(), ids=ERRORS)
def test_what_is_no_preset_is_refused(name: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        Session.preset(name, **changes)
    assert str(caught.value).startswith(message)


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown preset 5"):
        preset(5)  # type: ignore[arg-type]


def test_a_preset_survives_json() -> None:
    for each in presets():
        assert Preset.model_validate_json(each.model_dump_json()) == each


def test_yaml_is_read_only_when_a_preset_is_asked_for() -> None:
    code = (
        "import sys, costcalc.sessions.presets as found\n"
        "assert 'yaml' not in sys.modules\n"
        "found.preset('chat')\n"
        "assert 'yaml' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
