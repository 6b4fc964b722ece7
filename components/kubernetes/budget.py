"""How many tokens of models one caller may take in a minute, whichever model answers, on every cloud.

Guarantees: each caller has a budget of its own: by its API key, or by what the verified token says of it, so
that a new token brings no new budget. A request pays before it is asked, by an estimate that nothing in it
makes smaller than what the model may do (`budget.lua`); one that the budget does not cover is refused with
429, and may come again. What is refused before pays nothing, and neither does what asks no model.

Leaves out: what an answer took in the end, which is not paid back; and texts of which a token is less than
four bytes, so that a prompt may take up to four times its part of the estimate. Each gateway counts for
itself: with more servers a caller may take as many times more.
Sources: envoyproxy.io/docs/envoy/v1.40.0, .../http_filters/local_rate_limit_filter;
.../config/route/v3/route_components.proto (RateLimit.HitsAddend).
"""

from __future__ import annotations

from typing import Any

from components.kubernetes.envoy import type_name
from components.kubernetes.tokens import COUNTED

# What is written of English text in general: help.openai.com, "What are tokens and how to count them?".
BYTES_PER_TOKEN = 4
# By which a caller and the log tell that it was the budget; and after how many seconds one is full again.
LIMIT_HEADER = "x-palisade-limit"
MINUTE = 60


def most_of_one(body_bytes: int, max_tokens: int) -> int:
    """What a request takes whose body and answer are as long as they may be."""
    return -(-body_bytes // BYTES_PER_TOKEN) + max_tokens


def spending(per_minute: int) -> dict[str, Any]:
    """The filter that takes a request's tokens from its caller's budget, both told by `gateway.lua`."""
    bucket = {"max_tokens": per_minute, "tokens_per_fill": per_minute, "fill_interval": f"{MINUTE}s"}
    payer = {
        "descriptor_key": "payer",
        "metadata_key": {"key": "palisade", "path": [{"key": "payer"}]},
        "source": "DYNAMIC",
        "skip_if_absent": True,
    }
    always: dict[str, Any] = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    told = {LIMIT_HEADER: "tokens", "retry-after": str(MINUTE)}
    return {
        "name": "budget",
        "typed_config": {
            "@type": type_name("filters.http.local_ratelimit.v3.LocalRateLimit"),
            "stat_prefix": "budgets",
            "filter_enabled": always,
            "filter_enforced": always,
            "max_dynamic_descriptors": COUNTED,
            # Each payer has a bucket of its own.
            "descriptors": [{"entries": [{"key": "payer"}], "token_bucket": bucket}],
            "rate_limits": [
                {
                    "actions": [{"metadata": payer}],
                    "hits_addend": {"format": "%DYNAMIC_METADATA(palisade:tokens)%"},
                }
            ],
            "response_headers_to_add": [
                {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
                for key, value in told.items()
            ],
        },
    }
