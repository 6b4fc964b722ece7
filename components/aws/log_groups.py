"""Log groups: under the customer's key, kept as long as the stack file says, and never less."""

from __future__ import annotations

import pulumi
from pulumi_aws.cloudwatch.log_group import LogGroup

from components.aws.subnets import Ground
from components.contracts import Key

# Days that CloudWatch Logs can keep records.
# Source: docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html.
PERIODS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


def kept(days: int) -> int:
    """The shortest period of CloudWatch that is not shorter than `days`.

    Raises:
        ValueError: there is none; CloudWatch keeps ten years, or for ever.
    """
    fitting = [period for period in PERIODS if period >= days]
    if not fitting:
        raise ValueError(f"log groups are kept {PERIODS[-1]} days at the most, not {days}; lower log_days")
    return fitting[0]


def log_group(ground: Ground, what: str, path: str, key: Key, days: int) -> LogGroup:
    """The log group of `path`, which encrypts with the key and keeps records for at least `days`."""
    return LogGroup(
        f"{ground.name}-{what}",
        name=path,
        kms_key_id=key.id,
        retention_in_days=kept(days),
        tags=ground.labels,
        opts=pulumi.ResourceOptions(parent=ground.parent),
    )
