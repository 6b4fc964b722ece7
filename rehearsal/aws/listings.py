"""Data sources that list what there is, or name it otherwise than it is recorded.

Found are objects of the record, and those that AWS keeps in every account: the default event bus, the keys
`alias/aws/...`, the rule groups that it manages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rehearsal.aws import waf_units
from rehearsal.aws.describe import Arguments, Place, digest, filters
from rehearsal.model import Existing, Record, Refusal

Answer = Callable[[Arguments, Place, Record], dict[str, Any]]
_POOL, _CLIENT = "aws:cognito/userPool:UserPool", "aws:cognito/userPoolClient:UserPoolClient"
_KEY, _ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"


def _name(found: Existing) -> str:
    return str(found.outputs.get("name") or found.inputs.get("name"))


def _arns(found: Sequence[Existing]) -> list[str]:
    return [str(each.outputs.get("arn")) for each in found]


def _user_pools(args: Arguments, _place: Place, record: Record) -> dict[str, Any]:
    found = record.find(_POOL, {"name": args.get("name")})
    return {**args, "id": args.get("name"), "ids": [each.id for each in found], "arns": _arns(found)}


def _user_pool_clients(args: Arguments, _place: Place, record: Record) -> dict[str, Any]:
    found = record.find(_CLIENT, {"userPoolId": args.get("userPoolId")})
    ids, names = [each.id for each in found], [_name(each) for each in found]
    return {**args, "id": args.get("userPoolId"), "clientIds": ids, "clientNames": names}


def _balancers(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    wanted: Mapping[str, Any] = args.get("tags") or {}
    every = record.find("aws:*lb/loadBalancer:LoadBalancer")
    found = [each for each in every if wanted.items() <= (each.outputs.get("tagsAll") or {}).items()]
    return {**args, "id": place["region"], "arns": _arns(found)}


def _names(type: str, *, below: str = "") -> Answer:
    """Names of objects of a type; those below what the argument `below` names."""

    def answer(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
        found = record.find(type, {below: args[below]} if below else None)
        key = "nodeGroupName" if type.endswith(":NodeGroup") else "name"
        names = [str(each.outputs.get(key)) for each in found]
        return {**args, "id": args.get(below) or place["region"], "names": names}

    return answer


def _roles(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    pattern, prefix = str(args.get("nameRegex") or ""), str(args.get("pathPrefix") or "")
    every = record.find("aws:iam/role:Role")
    found = [
        each
        for each in every
        if re.search(pattern, _name(each)) and str(each.inputs.get("path") or "/").startswith(prefix)
    ]
    return {**args, "id": place["account"], "names": [_name(each) for each in found], "arns": _arns(found)}


def _log_groups(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    prefix = str(args.get("logGroupNamePrefix") or "")
    found = [g for g in record.find("aws:cloudwatch/logGroup:LogGroup") if _name(g).startswith(prefix)]
    names = [_name(each) for each in found]
    return {**args, "id": place["region"], "logGroupNames": names, "arns": _arns(found)}


def _secrets(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    wanted = filters(args).get("name")
    every = record.find("aws:secretsmanager/secret:Secret")
    found = [each for each in every if not wanted or any(_name(each).startswith(name) for name in wanted)]
    return {**args, "id": place["region"], "names": [_name(each) for each in found], "arns": _arns(found)}


def _event_bus(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    name = str(args["name"])
    for found in record.find("aws:cloudwatch/eventBus:EventBus", {"name": name}):
        return {**found.outputs, "id": found.id}
    if name != "default":
        raise Refusal(
            "name", f"ResourceNotFoundException: Event bus {name} does not exist", "create it first"
        )
    arn = f"arn:{place['partition']}:events:{place['region']}:{place['account']}:event-bus/default"
    return {**args, "id": name, "arn": arn}


def _session(args: Arguments, _place: Place, _record: Record) -> dict[str, Any]:
    """Who took a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"""
    arn = str(args["arn"])
    assumed = re.fullmatch(r"arn:([a-z-]+):sts::(\d{12}):assumed-role/([^/]+)/(.+)", arn)
    if not assumed:
        return {**args, "id": arn, "issuerArn": arn, "issuerId": "", "issuerName": "", "sessionName": ""}
    partition, account, role, session = assumed.groups()
    issuer = f"arn:{partition}:iam::{account}:role/{role}"
    made = {"issuerArn": issuer, "issuerName": role, "sessionName": session}
    return {**args, "id": arn, **made, "issuerId": "AROA" + digest(issuer)[:17].upper()}


def _alias(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    """An alias of the record, or one of a key that AWS keeps for a service."""
    name = str(args["name"])
    base = f"arn:{place['partition']}:kms:{place['region']}:{place['account']}"
    for found in record.find(_ALIAS, {"name": name}):
        target = str(found.inputs.get("targetKeyId")).rsplit("/", 1)[-1]
        more = {"targetKeyId": target, "targetKeyArn": f"{base}:key/{target}"}
        return {**found.outputs, **more, "id": found.outputs.get("arn")}
    if not name.startswith("alias/aws/"):
        raise Refusal("name", f"NotFoundException: Alias {base}:{name} is not found", "create it first")
    digits = digest(base, name)
    id = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"
    arns = {"arn": f"{base}:{name}", "targetKeyArn": f"{base}:key/{id}"}
    return {**args, "id": arns["arn"], "targetKeyId": id, **arns}


def _key(args: Arguments, place: Place, record: Record) -> dict[str, Any]:
    """A key of the record, asked for by id, ARN or alias."""
    asked = str(args["keyId"])
    alias = asked[asked.find("alias/") :] if "alias/" in asked else ""
    id = str(_alias({"name": alias}, place, record)["targetKeyId"]) if alias else asked.rsplit("/", 1)[-1]
    key = record.get(_KEY, id)
    if key is None:
        raise Refusal("keyId", f"NotFoundException: Key '{asked}' does not exist", "create it first")
    facts = {"keyState": "Enabled", "enabled": True, "keyManager": "CUSTOMER", "origin": "AWS_KMS"}
    spec = key.outputs.get("customerMasterKeySpec")
    return {**key.outputs, **facts, "id": key.id, "keySpec": spec, "awsAccountId": place["account"]}


def _managed_group(args: Arguments, place: Place, _record: Record) -> dict[str, Any]:
    name = str(args["name"])
    units = waf_units.table()["groups"].get(name) if args.get("vendorName") == "AWS" else None
    if units is None:
        raise Refusal("name", f"WAFNonexistentItemException: there is no group {name}", "write one of AWS's")
    label = f"awswaf:managed:aws:{name.removeprefix('AWSManagedRules').removesuffix('RuleSet').lower()}:"
    lists = ("rules", "availableLabels", "consumedLabels")
    empty: dict[str, Any] = {name: [] for name in lists}
    return {**args, "id": place["region"], "capacity": units, "labelNamespace": label, **empty}


FUNCTIONS: Mapping[str, Answer] = {
    "aws:cloudwatch/getEventBus:getEventBus": _event_bus,
    "aws:cloudwatch/getLogGroups:getLogGroups": _log_groups,
    "aws:cognito/getUserPools:getUserPools": _user_pools,
    "aws:cognito/getUserPoolClients:getUserPoolClients": _user_pool_clients,
    "aws:ecr/getRepositories:getRepositories": _names("aws:ecr/repository:Repository"),
    "aws:eks/getClusters:getClusters": _names("aws:eks/cluster:Cluster"),
    "aws:eks/getNodeGroups:getNodeGroups": _names("aws:eks/nodeGroup:NodeGroup", below="clusterName"),
    "aws:iam/getRoles:getRoles": _roles,
    "aws:iam/getSessionContext:getSessionContext": _session,
    "aws:kms/getAlias:getAlias": _alias,
    "aws:kms/getKey:getKey": _key,
    "aws:lb/getLbs:getLbs": _balancers,
    "aws:secretsmanager/getSecrets:getSecrets": _secrets,
    "aws:wafv2/getManagedRuleGroup:getManagedRuleGroup": _managed_group,
}
