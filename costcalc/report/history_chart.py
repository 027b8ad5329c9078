"""The chart of prices by date: a panel for each meter, a line of steps for each model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from costcalc.errors import UsageError
from costcalc.meters import METERS
from costcalc.registry.cards import ModelInfo
from costcalc.report import spec
from costcalc.report.amounts import aligned, moment, rate
from costcalc.report.naming import day, distinct, few, one_currency
from costcalc.report.scales import Scale, scale_for
from costcalc.report.timeline import Step, Timeline

__all__ = ["history_figure", "timelines"]

_USUAL = ("input", "cache_read", "output")
_MOST_METERS = 3
_HEIGHT = 110
_SHORT = timedelta(days=200)  # of an axis whose days are told apart by the day
_LONG = timedelta(days=3_000)  # of one whose are by the year
_TIPS = {"series": "model", "exact": "rate", "from": "from", "until": "until", "source": "source"}


def history_figure(models: Sequence[ModelInfo], now: datetime) -> spec.Figure:
    """Return the figure of one model's prices, or of several."""
    currency = one_currency([each.currency for each in models])
    for each in models:
        if not each.prices:
            msg = f"{each.id} ({each.provider}) has no price to draw"
            raise UsageError(msg, model=each.id)
    names = distinct([[each.id, f"{each.provider}/{each.id}"] for each in models])
    meters = _meters(models)
    first, last = _span(models, now)
    ends: list[str] = []
    views: list[dict[str, Any]] = []
    for meter in meters:
        view, texts = _view(
            models, names, meter, currency, (first, last, now),
            is_first=meter == meters[0], is_last=meter == meters[-1],
        )  # fmt: skip
        views.append(view)
        ends += texts
    whose = names[0] if len(names) == 1 else f"{len(names)} models"
    drawings = [
        line
        for each, name in zip(models, names, strict=True)
        for line in timelines(each, meters, now, name if len(names) > 1 else "")
    ]
    return spec.Figure(
        title=f"Prices of {whose} by date, as known on {day(now)}",
        notes=_notes(models, names, now),
        source=_source(models),
        views=views,
        drawings=tuple(drawings),
        reserved=spec.room_for(ends),
    )


def _meters(models: Sequence[ModelInfo]) -> tuple[str, ...]:
    """Return the meters that are drawn: the usual ones, else the first that there are."""
    known = {meter for each in models for record in each.prices for meter in record.rates}
    usual = tuple(meter for meter in _USUAL if meter in known)
    return usual or tuple(meter for meter in METERS if meter in known)[:_MOST_METERS]


def timelines(
    info: ModelInfo, meters: Sequence[str], now: datetime, name: str = ""
) -> tuple[Timeline, ...]:
    """Return how each meter's rate moved, for a terminal; a meter without a rate has none."""
    found: list[Timeline] = []
    for meter in meters:
        parts = tuple(
            Step(record.start, _until(record.until, info), record.rates[meter])
            for record in info.prices
            if meter in record.rates
        )
        if not parts:
            continue
        labels = aligned([rate(part.value, info.currency) for part in parts])
        head = f"{name} {meter.replace('_', ' ')}".strip()
        heading = f"{head}, per {METERS[meter].unit}"
        found.append(Timeline(heading=heading, parts=parts, labels=tuple(labels), now=now))
    return tuple(found)


def _until(until: datetime | None, info: ModelInfo) -> datetime | None:
    """Return when a price ends: at the latest when the model retires."""
    if info.retired is None:
        return until
    return info.retired if until is None else min(until, info.retired)


def _span(models: Sequence[ModelInfo], now: datetime) -> tuple[datetime, datetime]:
    """Return the first and the last day of the axis: all that is dated, and now."""
    dated = [now]
    for each in models:
        dated += [at for price in each.prices for at in (price.start, price.until) if at]
        dated += [each.retired] if each.retired else []
    first, last = min(dated), max(dated)
    margin = max((last - first) / 16, timedelta(days=7))
    unknown = any(each.prices[0].start is None for each in models)
    return first - margin if unknown else first, last + margin


def _notes(models: Sequence[ModelInfo], names: Sequence[str], now: datetime) -> tuple[str, ...]:
    said: list[str] = []
    gone: list[str] = []
    unknown: list[str] = []
    if any(
        (_until(each.prices[-1].until, each) or datetime.max.replace(tzinfo=UTC)) > now
        for each in models
    ):
        said.append("dashed: announced, or until further notice")
    for each, name in zip(models, names, strict=True):
        if each.retired is not None:
            verb = "retired" if each.retired <= now else "retires"
            after = f", then served and billed as {each.redirects_to}" if each.redirects_to else ""
            gone.append(f"{name} {verb} {moment(each.retired)}{after}")
        if each.prices[0].start is None:
            unknown.append(name)
    if gone:
        said.append("; ".join(gone))
    if unknown:
        said.append(f"not known since when: the first price of {', '.join(unknown)}")
    return few(["; ".join(["standard rates, before any conditions", *said[:1]]), *said[1:]])


def _source(models: Sequence[ModelInfo]) -> str:
    """Return where the last prices were read, and when that was checked."""
    last = [each.prices[-1] for each in models]
    hosts = dict.fromkeys(_host(price.source) for price in last if price.source)
    checked = [price.checked for price in last if price.checked]
    said = f"prices of {', '.join(hosts)}" if hosts else "prices as their files state them"
    days = " to ".join(map(str, sorted({min(checked), max(checked)}))) if checked else ""
    return f"{said}, checked {days}" if days else said


def _host(address: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(address).hostname or address


def _view(
    models: Sequence[ModelInfo],
    names: Sequence[str],
    meter: str,
    currency: str,
    span: tuple[datetime, datetime, datetime],
    *,
    is_first: bool,
    is_last: bool,
) -> tuple[dict[str, Any], list[str]]:
    """Return the panel of one meter, and the names at its right."""
    first, last, now = span
    scale = _scale(models, meter)
    height = spec.height_for(len(names), _HEIGHT)
    axis: dict[str, Any] = {"format": _dates(last - first), "tickCount": 6, "labelOverlap": True}
    if not is_last:
        axis = {"labels": False, "ticks": False}
    x = spec.across("x", [_ms(first), _ms(last)], None, kind="temporal", **axis)
    x["scale"]["type"] = "utc"  # else a page would show the reader's own zone
    y = spec.amounts_axis("y", scale, currency)
    palette = spec.color(names)
    rows: list[dict[str, Any]] = []
    ends: list[spec.End] = []
    gone: list[dict[str, Any]] = []
    for each, name in zip(models, names, strict=True):
        drawn = _steps(each, name, meter, span)
        if not drawn:
            continue
        rows += drawn
        end = drawn[-1]
        text = _end(each, name if len(names) > 1 else "", end["exact"], now)
        ends.append(spec.End(name, end["x"], scale.place(Decimal(end["rate"])), text))
        if each.retired is not None and _ms(each.retired) == end["x"]:
            gone.append(end)
    layers = [
        *_now(now, x, has_text=is_first),
        *_lines(rows, x=x, y=y, color=palette),
        spec.hover(rows, _TIPS, x=x, y=y),
        *_gone(gone, x, y, palette),
        *spec.ends(ends, scale, x, y, palette, height=height),
    ]
    heading = f"{meter.replace('_', ' ')}, per {METERS[meter].unit}"
    heading += ", logarithmic" if scale.is_log else ""
    return spec.view(heading, layers, height=height), [end.text for end in ends]


def _scale(models: Sequence[ModelInfo], meter: str) -> Scale:
    """Return the axis of a meter; the last rates say whether the models differ widely."""
    found = [
        [price.rates[meter] for price in each.prices if meter in price.rates] for each in models
    ]
    rates = [each for each in found if each]
    return scale_for([rate for each in rates for rate in each], [each[-1] for each in rates])


def _end(info: ModelInfo, name: str, rate: str, now: datetime) -> str:
    text = f"{name}  {rate}" if name else rate
    if info.retired is None:
        return text
    return f"{text}, {'retired' if info.retired <= now else 'retires'}"


def _lines(rows: Sequence[dict[str, Any]], **encoding: Any) -> list[dict[str, Any]]:
    """Return what is known as solid lines, and what is to come as dashed ones."""
    looks: tuple[tuple[bool, dict[str, Any]], ...] = ((False, {}), (True, {"strokeDash": [3, 3]}))
    return [
        spec.layer({"type": "line", **look}, some, **encoding, detail={"field": "run"})
        for coming, look in looks
        if (some := [row for row in rows if row["coming"] is coming])
    ]


def _steps(
    info: ModelInfo, name: str, meter: str, span: tuple[datetime, datetime, datetime]
) -> list[dict[str, Any]]:
    """Return the corners of one line of steps, in runs that are cut at gaps and now."""
    first, last, now = span
    rows: list[dict[str, Any]] = []
    run = 0
    for price in info.prices:
        start, until = price.start or first, _until(price.until, info) or last
        if meter not in price.rates or until <= start:  # a price after its model retired
            continue
        row = {
            "series": name,
            "y": float(price.rates[meter]),
            "rate": str(price.rates[meter]),
            "exact": rate(price.rates[meter], info.currency),
            "from": moment(price.start),
            "until": moment(price.until),
            "source": price.source or "–",
        }
        for begin, end in _cut(start, until, now):
            coming = begin >= now
            before = rows[-1] if rows else None
            if before is None or before["x"] != _ms(begin) or before["coming"] != coming:
                run += 1
                if before is not None and before["x"] == _ms(
                    begin
                ):  # the step to what is announced
                    rows.append({**before, "run": run, "coming": coming})
            row = {**row, "run": run, "coming": coming}
            rows += [{**row, "x": _ms(begin)}, {**row, "x": _ms(end)}]
    return rows


def _dates(span: timedelta) -> str:
    """Return how days are written on an axis: as short as keeps them apart."""
    if span < _SHORT:
        return "%Y-%m-%d"
    return "%b %Y" if span < _LONG else "%Y"


def _cut(start: datetime, until: datetime, now: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """Return a time in one part, or in two where it is now in between."""
    if start < now < until:
        return (start, now), (now, until)
    return ((start, until),)


def _ms(at: datetime) -> int:
    """Return an instant as Vega counts: milliseconds since 1970."""
    return int(at.timestamp() * 1000)


def _now(now: datetime, x: dict[str, Any], *, has_text: bool) -> list[dict[str, Any]]:
    rows = [{"x": _ms(now)}]
    layers = [spec.layer({"type": "rule", "style": "thin", "strokeDash": [1, 3]}, rows, x=x)]
    if has_text:
        text = {"type": "text", "style": "note", "y": 0, "dy": -7, "text": "now"}
        layers.append(spec.layer(text, rows, x=x))
    return layers


def _gone(
    rows: Sequence[dict[str, Any]], x: dict[str, Any], y: dict[str, Any], palette: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the signs of retired models."""
    if not rows:
        return []
    mark = {"type": "point", "shape": "M-1,-1L1,1M-1,1L1,-1", "size": 55, "strokeWidth": 2,
            "opacity": 1}  # fmt: skip
    return [spec.layer(mark, rows, x=x, y=y, color=palette)]
