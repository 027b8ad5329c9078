"""Amazon Bedrock's formats: Converse, and the counts beside the body of an InvokeModel call.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html. Bodies of
InvokeModel are the makers' own formats. No answer names its model, unless a prompt router chose it.
"""

from __future__ import annotations

from costcalc.usage.responses import fields
from costcalc.usage.responses.api import Api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from costcalc.usage.responses.api import Draft

__all__ = ["CONVERSE", "INVOKE"]

_READ = "cacheReadInputTokens|cacheReadInputTokenCount"
_WRITE = "cacheWriteInputTokens|cacheWriteInputTokenCount"


def _refine(draft: Draft) -> None:
    """Take 1-hour writes from the details, and the id of a model from its ARN."""
    details = fields.items(draft.usage, "cacheDetails")
    counts = draft.counts
    counts["cache_write_1h_tokens"] = sum(
        fields.count(each, "inputTokens") for each in details if fields.text(each, "ttl") == "1h"
    )
    if draft.model is not None:
        draft.model = draft.model.rpartition("/")[2]
    if fields.value(draft.usage, "serverToolUsage"):
        draft.assume("the fees of the tools that ran on the server are not in the cost")
    if draft.conditions.get("latency") != "optimized":
        draft.conditions.pop("latency", None)


def _refine_invoked(draft: Draft) -> None:
    """Say what the headers leave open; the body of the same call may say it."""
    _refine(draft)
    if draft.counts["cache_write_tokens"]:
        draft.assume(
            "the headers do not say how long cache writes live; the shortest life is taken"
        )


CONVERSE = Api(
    name="bedrock-converse",
    marks=("inputTokens & outputTokens & totalTokens",),
    counts={
        # the wire writes both names of a count, which a sum would take twice
        "input_tokens": f"inputTokens + {_READ} + {_WRITE}",
        "cache_read_tokens": _READ,
        "cache_write_tokens": _WRITE,
        "output_tokens": "outputTokens",
    },
    total="totalTokens",
    summed=f"inputTokens + {_READ} + {_WRITE} + outputTokens",
    conditions={"service_tier": "serviceTier.type", "latency": "performanceConfig.latency"},
    model="trace.promptRouter.invokedModelId",
    id="ResponseMetadata.RequestId",
    refine=_refine,
)
INVOKE = Api(
    name="bedrock-invoke",
    usage="ResponseMetadata.HTTPHeaders",
    marks=("x-amzn-bedrock-input-token-count",),
    counts={
        "input_tokens": "x-amzn-bedrock-input-token-count + "
        "x-amzn-bedrock-cache-read-input-token-count + "
        "x-amzn-bedrock-cache-write-input-token-count",
        "cache_read_tokens": "x-amzn-bedrock-cache-read-input-token-count",
        "cache_write_tokens": "x-amzn-bedrock-cache-write-input-token-count",
        "output_tokens": "x-amzn-bedrock-output-token-count",
    },
    conditions={
        "service_tier": "usage:x-amzn-bedrock-service-tier",
        "latency": "usage:x-amzn-bedrock-performanceconfig-latency",
    },
    id="ResponseMetadata.RequestId",
    refine=_refine_invoked,
)
