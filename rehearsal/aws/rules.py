"""Refusals that look at several inputs of one resource, type by type.

Limits of a single input are in the tables. An unknown value never refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from rehearsal import paths
from rehearsal.aws import (
    balancers,
    buckets,
    certificates,
    clusters,
    cognito,
    guardrails,
    kms,
    records,
    waf,
)
from rehearsal.model import UNKNOWN, Refusal, Resource

Rule = Callable[[Mapping[str, Any]], Iterator[Refusal]]
# Fargate's sizes: CPU units -> (least, greatest memory in MiB, step).
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
_FARGATE = {
    256: (512, 2048, 512),
    512: (1024, 4096, 1024),
    1024: (2048, 8192, 1024),
    2048: (4096, 16384, 1024),
    4096: (8192, 30720, 1024),
    8192: (16384, 61440, 4096),
    16384: (32768, 122880, 8192),
}
_FARGATE_SOURCE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html"


def check(resource: Resource) -> Iterator[Refusal]:
    """Everything the rules of this type refuse."""
    for rule in RULES.get(resource.type, ()):
        yield from rule(resource.inputs)


def _items(inputs: Mapping[str, Any], name: str) -> Sequence[Any]:
    value = inputs.get(name)
    return cast("list[Any]", value) if isinstance(value, list) else []


def _given(inputs: Mapping[str, Any], *names: str) -> bool:
    """Whether any of these inputs has a value, known or not."""
    return any(inputs.get(name) is not None for name in names)


def _instance(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    if inputs.get("launchTemplate") is None:
        for name in ("ami", "instanceType"):
            if inputs.get(name) is None:
                yield Refusal(name, "is missing", f"give {name}, or a launchTemplate that has it")


def _all_protocols(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    for name in ("fromPort", "toPort"):
        if inputs.get("ipProtocol") == "-1" and inputs.get(name) is not None:
            yield Refusal(name, "stands beside ipProtocol -1, which means all ports", "leave it out")
        elif inputs.get("ipProtocol") in ("tcp", "udp") and inputs.get(name) is None:
            yield Refusal(name, "is missing", "tcp and udp rules need fromPort and toPort")


def _key_rotation(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    source = "https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html"
    symmetric = inputs.get("customerMasterKeySpec") in (None, UNKNOWN, "SYMMETRIC_DEFAULT")
    if inputs.get("enableKeyRotation") is True and not symmetric:
        yield Refusal("enableKeyRotation", "only symmetric keys rotate", "leave it out", source)
    if inputs.get("rotationPeriodInDays") is not None and inputs.get("enableKeyRotation") in (None, False):
        yield Refusal("rotationPeriodInDays", "has no effect here", "set enableKeyRotation to true", source)


def _function(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    if inputs.get("packageType") == "Image":
        for name in ("handler", "runtime"):
            if inputs.get(name) is not None:
                yield Refusal(name, "does not go with packageType Image", "leave it out")
    elif inputs.get("packageType") == "Zip":
        for name in ("handler", "runtime"):
            if inputs.get(name) is None:
                yield Refusal(name, "is missing", f"{name} must be set when packageType is Zip")


def _table(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """Every key is a defined attribute, every defined attribute a key of the table or an index."""
    declared = {name for _, name in paths.find(inputs, "attributes[*].name")}
    keys: set[Any] = {inputs.get("hashKey"), inputs.get("rangeKey")}
    for index in ("globalSecondaryIndexes", "localSecondaryIndexes"):
        for key in ("hashKey", "rangeKey", "keySchemas[*].attributeName"):
            keys |= {name for _, name in paths.find(inputs, f"{index}[*].{key}")}
    copied = ("restoreSourceName", "restoreSourceTableArn", "restoreBackupArn", "globalTableWitness")
    if not _given(inputs, "hashKey", *copied):
        yield Refusal("hashKey", "is missing", "name the partition key")
    if inputs.get("billingMode") == "PROVISIONED":
        for name in ("readCapacity", "writeCapacity"):
            if inputs.get(name) in (None, 0):
                yield Refusal(name, "is missing", "give 1 or more, or billingMode PAY_PER_REQUEST")
    if UNKNOWN in declared or UNKNOWN in keys:
        return
    for key in sorted(keys - declared - {None}):
        remedy = "define its name and type under attributes"
        yield Refusal("attributes", f'key "{key}" is no attribute', remedy)
    for name in sorted(declared - keys - {None}):
        problem = f'"{name}" is no key of the table or an index'
        yield Refusal("attributes", problem, "define key attributes only")


def _database(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    if _given(inputs, "snapshotIdentifier", "replicateSourceDb", "restoreToPointInTime", "s3Import"):
        return
    for name in ("engine", "allocatedStorage", "username"):
        if inputs.get(name) is None:
            yield Refusal(name, "is missing", "a new database needs it")
    if not _given(inputs, "password", "passwordWo", "manageMasterUserPassword"):
        yield Refusal("password", "is missing", "give password, or manageMasterUserPassword true")


def _fargate(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    if "FARGATE" not in _items(inputs, "requiresCompatibilities"):
        return
    if inputs.get("networkMode") not in ("awsvpc", UNKNOWN):
        yield Refusal("networkMode", "Fargate takes awsvpc only", 'write "awsvpc"', _FARGATE_SOURCE)
    cpu, memory = str(inputs.get("cpu")), str(inputs.get("memory"))
    if UNKNOWN in (inputs.get("cpu"), inputs.get("memory")) or not (cpu.isdecimal() and memory.isdecimal()):
        for name in ("cpu", "memory"):
            if inputs.get(name) is None:
                yield Refusal(name, "is missing", "Fargate tasks need cpu and memory", _FARGATE_SOURCE)
        return
    low, high, step = _FARGATE.get(int(cpu), (0, 0, 1))
    if not low:
        yield Refusal(
            "cpu", f"Fargate has no size {cpu}", f"write one of {sorted(_FARGATE)}", _FARGATE_SOURCE
        )
    elif not low <= int(memory) <= high or (int(memory) % step and int(memory) != low):
        remedy = f"write {low} to {high} in steps of {step}"
        yield Refusal("memory", f"{memory} MiB does not go with {cpu} CPU units", remedy, _FARGATE_SOURCE)


def _firewall_rule(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    if inputs.get("action") == "BLOCK" and inputs.get("blockResponse") is None:
        yield Refusal("blockResponse", "is missing", "write NODATA, NXDOMAIN or OVERRIDE for action BLOCK")


def _distribution(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    origins = [name for _, name in paths.find(inputs, "origins[*].originId")]
    groups = [name for _, name in paths.find(inputs, "originGroups[*].originId")]
    target = paths.get(inputs, "defaultCacheBehavior.targetOriginId")
    if UNKNOWN not in (target, *origins, *groups) and origins and target not in [*origins, *groups]:
        yield Refusal(
            "defaultCacheBehavior.targetOriginId", f'"{target}" is no origin', f"write one of {origins}"
        )


RULES: Mapping[str, Sequence[Rule]] = {
    **{type: [rule] for rules in (buckets, clusters, records) for type, rule in rules.RULES.items()},
    "aws:ec2/instance:Instance": [_instance],
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": [_all_protocols],
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": [_all_protocols],
    "aws:kms/key:Key": [_key_rotation, kms.lockout],
    "aws:kms/keyPolicy:KeyPolicy": [kms.lockout],
    "aws:lambda/function:Function": [_function],
    "aws:dynamodb/table:Table": [_table],
    "aws:rds/instance:Instance": [_database],
    "aws:ecs/taskDefinition:TaskDefinition": [_fargate],
    **{f"aws:{module}/{type}": [rule] for module in ("lb", "alb") for type, rule in balancers.RULES.items()},
    "aws:route53/resolverFirewallRule:ResolverFirewallRule": [_firewall_rule],
    certificates.AUTHORITY: [certificates.authority],
    cognito.CLIENT: [cognito.client],
    "aws:bedrock/guardrail:Guardrail": [guardrails.guardrail],
    waf.ACL: [waf.check],
    waf.GROUP: [waf.check],
    "aws:cloudfront/distribution:Distribution": [_distribution],
}
