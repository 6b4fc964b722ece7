"""Arguments and answers for tests of AWS's components: a production stack in Frankfurt."""

from __future__ import annotations

from typing import Any

import pulumi

from components.aws.identity import Identities, IdentitiesArgs
from components.aws.keys import KeysArgs
from components.aws.network import NetworkArgs
from components.aws.place import Place
from components.aws.storage import StoresArgs
from components.aws.topic import Channel
from components.contracts import Identity, Key, Purpose, SegmentName, Workload
from components.segments import SegmentRanges
from stacks.flows import table
from tests.components.recorder import Functions

NAME = "palisade-test"
PLACE = Place(account="123456789012", region="eu-central-1", zones=("eu-central-1a", "eu-central-1b"))
DEPLOYER = "arn:aws:iam::123456789012:role/ci-deployer"
ANSWERS: Functions = {"aws:kms/getPublicKey:getPublicKey": {"publicKeyPem": "-----BEGIN PUBLIC KEY-----"}}
RANGES = {
    SegmentName.TRAINING: SegmentRanges(
        nodes="10.64.128.0/20", pods="10.64.0.0/18", services="10.64.160.0/20"
    ),
    SegmentName.INFERENCE: SegmentRanges(
        nodes="10.64.144.0/20", pods="10.64.64.0/18", services="10.64.176.0/20"
    ),
    SegmentName.EDGE: SegmentRanges(nodes="10.64.192.0/21"),
    SegmentName.DATA: SegmentRanges(nodes="10.64.200.0/21"),
    SegmentName.OPERATIONS: SegmentRanges(nodes="10.64.208.0/21"),
}


def identities() -> Identities:
    return Identities(NAME, IdentitiesArgs(place=PLACE, deployers=(DEPLOYER,)))


def identity(workload: Workload) -> Identity:
    arn = f"arn:aws:iam::{PLACE.account}:role/{NAME}-{workload}"
    return Identity(workload, pulumi.Output.from_input(f"{NAME}-{workload}"), pulumi.Output.from_input(arn))


def key(purpose: Purpose) -> Key:
    return Key(purpose, pulumi.Output.from_input(f"arn:aws:kms:eu-central-1:{PLACE.account}:key/{purpose}"))


def keys_args(**changes: Any) -> KeysArgs:
    given: dict[str, Any] = {"place": PLACE, "identities": {each: identity(each) for each in Workload}}
    return KeysArgs(**{**given, **changes})


def network_args(**changes: Any) -> NetworkArgs:
    given: dict[str, Any] = {
        "place": PLACE,
        "ranges": RANGES,
        "flows": table().flows,
        "logs_key": key(Purpose.LOGS),
        "log_days": 2192,
        "serves": True,
        "enterprise_ranges": ("172.16.0.0/12",),
    }
    return NetworkArgs(**{**given, **changes})


def stores_args(**changes: Any) -> StoresArgs:
    given: dict[str, Any] = {
        "place": PLACE,
        "sensitive": True,
        "retention_days": 14,
        "log_days": 2192,
        "keys": {purpose: key(purpose) for purpose in Purpose},
        "identities": {each: identity(each) for each in Workload},
    }
    return StoresArgs(**{**given, **changes})


def channel() -> Channel:
    """Where rules of EventBridge tell what they find."""
    topic = "arn:aws:sns:eu-central-1:123456789012:alerts"
    role = "arn:aws:iam::123456789012:role/palisade-test-alerts-events"
    return Channel(pulumi.Output.from_input(topic), pulumi.Output.from_input(role))
