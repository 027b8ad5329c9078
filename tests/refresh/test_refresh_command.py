"""`python -m costcalc.refresh`: digests and drift on the command line."""

from __future__ import annotations

import runpy
import sys
import warnings
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import costcalc.refresh
from costcalc.errors import NoPriceError, RedirectWarning, UnknownModelError
from costcalc.refresh.__main__ import main
from costcalc.refresh.digest import digest

if TYPE_CHECKING:
    from datetime import datetime

    from costcalc.refresh.listing import Listing

D = Decimal
AT = "2026-11-23T12:00:00Z"
NAMES = ("genai-prices", "litellm", "model-prices")


def lists(samples: Path) -> list[str]:
    return [
        "--list", f"genai-prices={samples / 'genai_prices_data.txt'}",
        "--list", f"model-prices={samples / 'model_prices_snapshot.json'}",
        "--list", f"litellm={samples / 'litellm_prices.json'}",
        "--at", AT,
    ]  # fmt: skip


def test_a_digest_shows_what_every_list_states(
    all_listings: tuple[Listing, ...], at: datetime
) -> None:
    lines = list(digest(all_listings, at, provider="xai"))
    assert lines[0].startswith("# xai: 4 models, 1 known to two lists or more")
    text = "\n".join(lines)
    for part in (
        "*** lark-1   [genai-prices litellm model-prices]",
        "PAST until 2026-05-01 if prompt_tokens >=200k: input 4",
        "NOW from 2026-05-01 (a date in UTC): input 1.25, cache_read 0.2",
        "FUTURE from 2026-12-01: input 3, output 5",
        "PAST until 2026-10-22 if batch: not offered",
        "NOW if region us: times 1.1",
        "remark: models.dev alone: input 2, output 6; >200k input 4",
        "min cache prefix 1024 | deprecation 2026-12-31 <https://api.example.com/models>",
        "cache_write 0 (unstated or free)",
        "if days mon-fri, hours 01:00-04:00|06:00-24:00, not_holiday cn: times 2",
    ):
        assert part in text


def test_a_digest_shows_aliases_and_patterns(
    all_listings: tuple[Listing, ...], at: datetime
) -> None:
    extra = [
        _renamed(each, "lark-1-latest" if each.model == "lark-1" else "lark-night-2")
        for each in all_listings
        if each.list_name == "litellm" and each.model in {"lark-1", "finch-night"}
    ]
    text = "\n".join(digest([*all_listings, *extra], at, provider="xai"))
    assert "  genai-prices has it as an alias of 'lark-1'" in text
    assert "lark-night-2   [litellm ~genai-prices]" in text
    assert "  ~genai-prices matches it with 'lark-night' (lark-night*)" in text


def _renamed(listing: Listing, model: str) -> Listing:
    return replace(listing, provider="xai", model=model, listed_as=f"xai/{model}")


def test_the_digest_command_prints_the_providers_asked_for(
    samples: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["digest", *lists(samples), "--provider", "openai", "--provider", "xai"]) == 0
    heads = [line for line in capsys.readouterr().out.splitlines() if line.startswith("# ")]
    assert [line.split(":")[0] for line in heads if "models," in line] == ["# openai", "# xai"]


def test_the_digest_command_prints_all_providers_at_now(
    samples: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["digest", *lists(samples)[-4:-2]]) == 0
    assert "# perplexity: 1 models" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--provider", "xia"], "no list has the provider 'xia'; try xai", id="near"),
        pytest.param(["--provider", "q"], "try alibaba, exa_ai, openai", id="nothing near"),
        pytest.param(["--at", "soon"], "'soon' is no ISO 8601 date", id="no instant"),
        pytest.param(["--list", "litellm=absent"], "absent: cannot read", id="no file"),
    ],
)
def test_wrong_input_is_one_sentence_and_code_4(
    samples: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["digest", *lists(samples), *arguments]) == 4
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", ["litellm", "prices=x"])
def test_a_list_needs_a_known_name_and_a_path(
    capsys: pytest.CaptureFixture[str], text: str
) -> None:
    with pytest.raises(SystemExit):
        main(["digest", "--list", text])
    assert "is no NAME=PATH with one of genai-prices, model-prices, litellm" in (
        capsys.readouterr().err
    )


class FakeRegistry:
    """Stands for the bundled registry, which these tests do not read.

    A card is the rates of a model, or the warning or error that asking for it raises.
    """

    def __init__(self, cards: dict[str, Any], **said: Any) -> None:
        self._cards = cards
        self._said = {"currency": "USD", "conditions": {}, "start": None, **said}

    def load(self) -> FakeRegistry:
        return self

    def providers(self) -> tuple[str, ...]:
        return ("xai",)

    def rate_card(self, model: str, *, provider: str, at: datetime) -> SimpleNamespace:
        assert at.tzinfo is not None
        found = self._cards.get(model, UnknownModelError(model, provider))
        if isinstance(found, Warning):
            warnings.warn(found, stacklevel=2)
        if isinstance(found, Exception):
            raise found
        return SimpleNamespace(model=model, rates=found, **self._said)

    def history(self, model: str, *, provider: str) -> list[SimpleNamespace]:
        """Return one price list, whose standard rates are half of the card's."""
        assert provider == "xai"
        halves = {meter: rate / 2 for meter, rate in self._cards[model].items()}
        return [SimpleNamespace(start=None, rates=halves)]


def rates(**said: str) -> dict[str, Decimal]:
    """Return a card at busy hours: twice the standard rates, which are the lists' own."""
    listed = {"input": "1.25", "output": "2.5", "cache_read": "0.2", "web_search": "5"}
    return {meter: 2 * D(rate) for meter, rate in {**listed, **said}.items() if D(rate)}


NOTHING = "0 rates of a majority compared: 0 differ from ours, 0 models are missing"


@pytest.mark.parametrize(
    ("cards", "code", "said"),
    [
        pytest.param(
            {"lark-1": rates(web_search="0")},
            1,
            [
                "xai lark-1 web_search: ours unstated; 5 in genai-prices, litellm",
                "4 rates of a majority compared: 1 differ from ours, 0 models are missing",
            ],
            id="a fee that we lack",
        ),
        pytest.param(
            {"lark-1": rates(input="1.3")},
            1,
            ["xai lark-1 input: ours 1.3; 1.25 in genai-prices, litellm, model-prices"],
            id="a rate that differs",
        ),
        pytest.param(
            {"lark-1": rates()},
            0,
            ["4 rates of a majority compared: 0 differ from ours, 0 models are missing"],
            id="busy hours are no difference",
        ),
        pytest.param(
            {},
            1,
            [f"xai lark-1: not ours; known to {', '.join(NAMES)} (deprecation: deprecated)"],
            id="a model that we lack",
        ),
        pytest.param(
            {"lark-1": NoPriceError("lark-1", "xai", AT, "retired")},
            0,
            [NOTHING],
            id="a model without a price then",
        ),
        pytest.param(
            {"lark-1": RedirectWarning("lark-1 is served by lark-2")},
            0,
            [NOTHING],
            id="a retired id that is served by another",
        ),
    ],
)
def test_the_drift_command_compares_with_the_bundled_registry(
    samples: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    cards: dict[str, Any],
    code: int,
    said: list[str],
) -> None:
    monkeypatch.setattr(costcalc, "Registry", FakeRegistry(cards), raising=False)
    assert main(["drift", *lists(samples), "--provider", "xai"]) == code
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in printed if line in said] == said


@pytest.mark.parametrize(
    ("card", "last"),
    [
        pytest.param({"currency": "CNY"}, NOTHING, id="another currency is not compared"),
        pytest.param(
            {"conditions": {"region": "us"}},
            "4 rates of a majority compared: 4 differ from ours, 0 models are missing",
            id="a name that implies a condition has the card's own rates",
        ),
        pytest.param(
            {"start": "another period"},
            "4 rates of a majority compared: 4 differ from ours, 0 models are missing",
            id="without its price list the card's own rates stand",
        ),
    ],
)
def test_what_kind_of_card_it_is_decides_what_is_compared(
    samples: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    card: dict[str, Any],
    last: str,
) -> None:
    registry = FakeRegistry({"lark-1": rates()}, **card)
    monkeypatch.setattr(costcalc, "Registry", registry, raising=False)
    main(["drift", *lists(samples), "--provider", "xai"])
    assert capsys.readouterr().out.splitlines()[-1] == last


def test_providers_without_a_price_file_are_not_called_missing(
    samples: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(costcalc, "Registry", FakeRegistry({}), raising=False)
    assert main(["drift", *lists(samples), "--at", AT]) == 1
    printed = capsys.readouterr().out.splitlines()[:-1]
    assert printed
    assert {line.split()[0] for line in printed} == {"xai"}


def test_the_minority_is_printed_too(
    tmp_path: Path,
    samples: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "prices.json"
    row = '{"xai/lark-1": {"litellm_provider": "xai", "output_cost_per_token": 3e-06}}'
    path.write_text(row, encoding="utf-8")
    cards = {"lark-1": rates(output="4")}
    monkeypatch.setattr(costcalc, "Registry", FakeRegistry(cards), raising=False)
    main(["drift", *lists(samples)[:4], "--list", f"litellm={path}", "--at", AT,
          "--provider", "xai"])  # fmt: skip
    printed = capsys.readouterr().out
    assert "output: ours 4; 2.5 in genai-prices, model-prices; 3 in litellm" in printed


def test_the_module_runs_and_its_help_has_an_example(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["refresh", "digest", "--help"])
    program = Path(costcalc.refresh.__file__).parent / "__main__.py"
    with pytest.raises(SystemExit) as raised:
        runpy.run_path(str(program), run_name="__main__")
    assert raised.value.code == 0
    assert "python -m costcalc.refresh digest --provider xai" in capsys.readouterr().out
