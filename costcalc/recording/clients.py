"""A hook for the clients of OpenAI's and Anthropic's SDKs: a meter notes every call they make.

It replaces one method of one client object, `request`, through which every call goes: those of
`create`, `parse` and the helpers for streams too. Other clients, and copies made by `with_options`,
stay as they are. What a caller gets is the SDK's own object.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps

from costcalc.errors import UsageError
from costcalc.recording.meter import Meter, current_meter
from costcalc.recording.sellers import region_of, seller_of
from costcalc.recording.streams import follow
from costcalc.usage.responses import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Client = TypeVar("Client")

__all__ = ["watch"]

_SDKS = {"openai": None, "anthropic": "anthropic-messages"}
"""By package, the one format that its calls are answered in; OpenAI's speaks several."""
_BILLED = {
    "/chat/completions",
    "/completions",
    "/responses",
    "/responses/compact",
    "/embeddings",
    "/images/generations",
    "/images/edits",
    "/images/variations",
    "/audio/speech",
    "/audio/transcriptions",
    "/audio/translations",
    "/videos",
    "/v1/messages",
}
"""Paths that are billed when they are called, as the SDKs write them (openai 3.57, anthropic 2.14).

Batches, fine-tuning, realtime sessions and agents are billed later or elsewhere."""
_BY_ID = {"bedrock", "vertex"}
"""Who sells by the id that is asked for, which says more than the one in the response."""


def watch(
    client: Client,
    meter: Meter | None = None,
    *,
    provider: str | None = None,
    check: bool = False,
) -> Client:
    """Let a meter note every call of an OpenAI or Anthropic client, and return that client.

    Without `meter` a call is noted by the one whose `with` block it is made in, and by none outside
    of all. `provider` says who bills; else the client's class and host do. Of OpenAI, the host says
    the region, too. With `check` each call is held against the budget before it is sent, as by
    `Meter.check_request`. Clients of both kinds, synchronous and asynchronous, are taken; watched
    again, a client obeys the last `watch`.
    """
    api = _SDKS[_package(client)]
    seller, region = provider or seller_of(client), region_of(client)
    served = {} if region is None else {"region": region}
    target: Any = client
    request = getattr(target.request, "costcalc_request", target.request)

    @wraps(request)
    def watched(cast_to: Any, options: Any, *args: Any, **named: Any) -> Any:
        found = meter or current_meter()
        if found is not None and _is_billed(options):
            body = _body(options)
            if check:
                found.check_request(body, provider=seller, region=region)
            asked = body.get("model")
            terms = {"provider": seller, "api": api, "model": asked if seller in _BY_ID else None}
            options.post_parser = _noted(options.post_parser, found, asked, served, terms)
        return request(cast_to, options, *args, **named)

    vars(watched)["costcalc_request"] = request
    target.request = watched
    return client


def _package(client: object) -> str:
    """Return the SDK of a client, of a class derived from one too."""
    kinds = [kind.__module__.partition(".")[0] for kind in type(client).__mro__]
    package = next((name for name in kinds if name in _SDKS), None)
    if package is None or not hasattr(client, "request"):
        name = f"{type(client).__module__}.{type(client).__name__}"
        msg = (
            f"{name} is no client of {' or '.join(_SDKS)}; record its responses with "
            "meter.record(response)"
        )
        raise UsageError(msg, client=name)
    return package


def _is_billed(options: Any) -> bool:
    return options.method.lower() == "post" and options.url.partition("?")[0] in _BILLED


def _body(options: Any) -> dict[str, Any]:
    """Return what a request says, without what the SDKs put where nothing was stated."""
    stated = options.json_data if isinstance(options.json_data, Mapping) else {}
    absent = {"NotGiven", "Omit"}
    return {key: each for key, each in stated.items() if type(each).__name__ not in absent}


def _noted(
    parser: Any, meter: Meter, asked: str | None, served: dict[str, str], terms: dict[str, Any]
) -> Callable[[Any], Any]:
    """Return what an SDK calls with a response that it has parsed, before the call's own parser.

    A function, since some clients copy their options deeply. A response of `with_raw_response` may
    be parsed twice, and is one call.
    """
    seen: set[Any] = set()

    def note(response: Any) -> None:
        meter.note(response, asked=asked, served=served, **terms)

    def noted(response: Any) -> Any:
        key = fields.value(response, "id")
        if key not in seen:
            seen.add(key)
            try:
                if not follow(response, note):
                    note(response)
            except UsageError as error:
                meter.miss(error, model=asked)
        return parser(response) if callable(parser) else response

    return noted
