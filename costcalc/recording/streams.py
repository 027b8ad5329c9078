"""Streams of SDKs, whose events are noted together when they end.

The stream stays the SDK's own object: what it iterates over is passed on event by event.
"""

from __future__ import annotations

from weakref import WeakMethod

from costcalc.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from typing import Any

__all__ = ["follow"]


def follow(stream: Any, note: Callable[[Any], None]) -> bool:
    """Have the events of a stream noted when it is read, fails or is closed; False if it is none.

    One that was begun and is dropped is noted then, where nothing can raise; one that was never
    begun, only if it is closed. Raises `UsageError` for a stream that is not built as these SDKs'
    are.
    """
    kind = type(stream)
    later = hasattr(kind, "__anext__")
    if not later and not hasattr(kind, "__next__"):
        return False
    if not hasattr(stream, "_iterator"):
        msg = (
            f"the events of a {kind.__name__} cannot be seen in this version of its SDK; keep them "
            "in a list, and record that with meter.record(events)"
        )
        raise UsageError(msg, stream=kind.__name__)
    events = _Events(note)
    stream._iterator = (_later if later else _now)(stream._iterator, events)  # noqa: SLF001 - the same in all versions
    stream.close = (_closing_later if later else _closing)(stream, events)
    return True


class _Events:
    """The events of a stream so far."""

    def __init__(self, note: Callable[[Any], None]) -> None:
        self._note = note
        self._kept: list[Any] = []
        self._over = False

    def add(self, event: Any) -> Any:
        self._kept.append(event)
        return event

    def fail(self) -> None:
        """End with an error of the API: what came before it is billed, and nothing if none did."""
        self._over = self._over or not self._kept
        self.end()

    def end(self) -> None:
        """Note them, once."""
        if not self._over:
            self._over = True
            self._note(self._kept)


def _now(source: Iterator[Any], events: _Events) -> Iterator[Any]:
    try:
        for event in source:
            yield events.add(event)
    except Exception:
        events.fail()
        raise
    finally:
        events.end()


async def _later(source: AsyncIterator[Any], events: _Events) -> AsyncIterator[Any]:
    try:
        async for event in source:
            yield events.add(event)
    except Exception:
        events.fail()
        raise
    finally:
        events.end()


def _closing(stream: Any, events: _Events) -> Callable[[], None]:
    """Return a `close` that ends the events; it does not keep the stream alive."""
    method = WeakMethod(stream.close)

    def close() -> None:
        own = method()
        if own is not None:
            own()
        events.end()

    return close


def _closing_later(stream: Any, events: _Events) -> Callable[[], Any]:
    method = WeakMethod(stream.close)

    async def close() -> None:
        own = method()
        if own is not None:
            await own()
        events.end()

    return close
