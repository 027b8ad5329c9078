"""What kind of figures logs are: said once, with the agents that it holds of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from logs_support import claude_line, write

from costcalc import logs
from costcalc.assumptions import Assumption
from costcalc.logs import claude_code, codex, gemini_cli, litellm, opencode, openinference, otlp
from costcalc.logs.format import facts_of


def _texts(*modules: Any) -> dict[str, str]:
    found = facts_of(each.FORMAT for each in modules)
    assert len({each.code for each in found}) == len(found)
    return {each.code: each.text for each in found}


def test_one_agent_says_it_for_itself() -> None:
    assert _texts(codex) == {
        "api_equivalent": "Codex's logs do not say who pays: where a subscription or a free account "
        "does, this is what the API would charge for the same calls, and no bill",
        "lower_bound": "Codex's logs are a lower bound: calls whose counts never reached the log "
        "are not in it, and what tools of the API cost stands nowhere",
    }  # fmt: skip


def test_agents_say_together_what_holds_of_all() -> None:
    found = _texts(claude_code, codex, gemini_cli, opencode)
    assert found["api_equivalent"].startswith(
        "Claude Code's, Codex's, Gemini CLI's and OpenCode's logs do not say who pays: "
    )
    bound = found["lower_bound"]
    assert bound.startswith("Claude Code's, Codex's and Gemini CLI's logs are a lower bound; ")
    assert "; Claude Code's, since some versions kept only the counts" in bound
    assert bound.endswith("; Gemini CLI's, since a message without counts is not in it, and "
                          "deleted sessions are gone")  # fmt: skip
    assert found["stated_cost"].startswith("costs that OpenCode's logs state are its own estimates")


def test_traces_and_spans_say_it_together() -> None:
    assert _texts(otlp, openinference)["api_equivalent"].startswith(
        "traces and spans do not say who pays, nor of batches and contracts"
    )
    assert list(_texts(litellm)) == ["stated_cost"]


def test_a_report_says_what_its_own_formats_are(tmp_path: Path) -> None:
    report = logs.price(write(tmp_path / "a.jsonl", claude_line(model="claude-opus-4-8")))
    assert report.assumptions[0] == Assumption(
        "api_equivalent", _texts(claude_code)["api_equivalent"]
    )


def test_what_contradicts_itself_says_what_a_line_can_do(tmp_path: Path) -> None:
    vague = {
        "model": "gpt-5.4-pro",
        "usage": {
            "prompt_tokens": 10,
            "completion_tokens": 9,
            "completion_tokens_details": {"reasoning_tokens": 5},
        },
    }
    strange = {"usage": {"prompt_words": 1}, "input_tokens": None}
    records = logs.read(write(tmp_path / "a.jsonl", vague, strange))
    assert records.reading is not None
    for skip in records.reading.faults:
        assert skip.reason.endswith(
            "; in a line of your own say who bills under 'provider', or write its counts as a line "
            "of usage"
        )
    assert len(records.reading.faults) == 2
    told = logs.read(write(tmp_path / "b.jsonl", {**vague, "provider": "openai"}))
    assert told[0].usage.reasoning_tokens == 5


def test_an_assumption_says_what_a_line_can_do(tmp_path: Path) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 9, "total_tokens": 19, "cost": 0.1}
    row = {"object": "chat.completion", "model": "gpt-5", "usage": usage}
    records = logs.read(write(tmp_path / "a.jsonl", {"response": row}))
    assert records.reading is not None
    (said,) = records.reading.assumptions
    assert said.text.endswith("; in a line of your own, 'provider' says whose it is")
