"""Instants: what a caller or a price file may write, as whole microseconds in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest

from costcalc import UsageError, instants

NOON = datetime(2025, 9, 7, 12, tzinfo=UTC)


class Nowhere(tzinfo):
    """A time zone that does not know its offset."""

    def utcoffset(self, dt: datetime | None, /) -> timedelta | None:
        del dt
        return None


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        pytest.param(NOON, NOON, id="aware datetime"),
        pytest.param(
            datetime(2025, 9, 7, 20, tzinfo=timezone(timedelta(hours=8))), NOON, id="other zone"
        ),
        pytest.param(date(2025, 9, 7), datetime(2025, 9, 7, tzinfo=UTC), id="date is 00:00 UTC"),
        pytest.param("2025-09-07", datetime(2025, 9, 7, tzinfo=UTC), id="text of a date"),
        pytest.param("20250907", datetime(2025, 9, 7, tzinfo=UTC), id="date without dashes"),
        pytest.param(" 2025-09-07 ", datetime(2025, 9, 7, tzinfo=UTC), id="spaces around it"),
        pytest.param("2025-09-07T12:00:00Z", NOON, id="text in UTC"),
        pytest.param("2025-09-07T12:00Z", NOON, id="text without seconds"),
        pytest.param("2025-09-07 12:00:00+00:00", NOON, id="text with a space"),
        pytest.param("2025-09-07T20:00:00+08:00", NOON, id="text with an offset"),
        pytest.param(
            "2025-09-07T12:00:00.000001Z", NOON + timedelta(microseconds=1), id="microseconds"
        ),
        pytest.param(
            "1969-12-31T23:59:59Z", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), id="before 1970"
        ),
        pytest.param("0001-01-01", datetime(1, 1, 1, tzinfo=UTC), id="first day there is"),
    ],
)
def test_an_instant_is_read(at: Any, moment: datetime) -> None:
    assert instants.to_datetime(instants.parse(at)) == moment
    assert instants.parse(at) == instants.parse(at)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        pytest.param(
            datetime(2025, 9, 7, 12),  # noqa: DTZ001 - that is the point
            "2025-09-07T12:00:00 has no time zone, so it names no instant; add one: "
            "'2025-09-07T12:00:00Z' or datetime(..., tzinfo=timezone.utc)",
            id="naive datetime",
        ),
        pytest.param(
            datetime(2025, 9, 7, tzinfo=Nowhere()),
            "2025-09-07T00:00:00 has no time zone",
            id="zone without offset",
        ),
        pytest.param(
            "2025-09-07T12:00",
            "2025-09-07T12:00:00 has no time zone, so it names no instant; add one: "
            "'2025-09-07T12:00:00Z', which is UTC",
            id="naive text, whose remedy is text",
        ),
        pytest.param("2025-09-07T00", "2025-09-07T00:00:00 has no time zone", id="naive hour"),
        pytest.param("20250907t1200", "2025-09-07T12:00:00 has no time zone", id="compact"),
        pytest.param(
            "2025-09-07 12",
            "2025-09-07T12:00:00 has no time zone",
            id="an hour behind a space is a naive time too",
        ),
        pytest.param(
            "20250907 1230",
            "2025-09-07T12:30:00 has no time zone",
            id="a time without colon behind a space is naive too",
        ),
        pytest.param("today", "'today' is no ISO 8601 date or time; write '2025-09-07'", id="word"),
        pytest.param("", "'' is no ISO 8601 date or time", id="empty"),
        pytest.param("2025-02-30", "'2025-02-30' is no ISO 8601 date", id="no such day"),
        pytest.param("07.09.2025", "'07.09.2025' is no ISO 8601 date", id="another order"),
        pytest.param(0, "an instant is an aware datetime, a date or ISO text, not int 0", id="int"),
        pytest.param(
            True, "an instant is an aware datetime, a date or ISO text, not bool", id="boolean"
        ),
        pytest.param(
            1.5, "an instant is an aware datetime, a date or ISO text, not float", id="float"
        ),
        pytest.param(
            [2025, 9, 7], "an instant is an aware datetime, a date or ISO text, not list", id="list"
        ),
    ],
)
def test_what_names_no_instant_is_refused(at: Any, words: str) -> None:
    for _ in range(2):  # nothing wrong is kept
        with pytest.raises(UsageError) as raised:
            instants.parse(at)
        assert str(raised.value).startswith(words)


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_an_instant_beyond_the_calendar_is_refused(at: str) -> None:
    with pytest.raises(UsageError):
        instants.parse(at)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("2025-09-07", "2025-09-07"),
        ("2025-09-07T00:00:00Z", "2025-09-07"),
        ("2025-09-07T02:00:00+02:00", "2025-09-07"),
        ("2025-09-07T19:00:00Z", "2025-09-07T19:00:00Z"),
        ("2025-09-07T19:00:00.5Z", "2025-09-07T19:00:00.500000Z"),
        ("0999-01-01", "0999-01-01"),
    ],
)
def test_an_instant_is_written(at: str, text: str) -> None:
    assert instants.to_text(instants.parse(at)) == text


def test_the_memory_of_texts_is_bounded() -> None:
    first = instants.parse("1900-01-01")
    for day in range(3_000):
        text = (date(1900, 1, 1) + timedelta(day)).isoformat()
        assert instants.parse(text) == first + day * instants.DAY
    kept: dict[str, int] = vars(instants)["_parsed"]
    assert len(kept) <= 1_024
    assert instants.parse("1900-01-01") == first
