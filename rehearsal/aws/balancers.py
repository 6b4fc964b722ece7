"""What Elastic Load Balancing refuses because parts of a balancer, a listener or a rule do not fit.

Limits of an action and a condition are in `listeners.yaml`, of a single input in `balancers.yaml`. An unknown
value refuses nothing; subnets and networks that the record does not hold are taken as given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from rehearsal import limits, paths
from rehearsal.model import UNKNOWN, Existing, Record, Refusal, Resource

_API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
_USER = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
_BALANCERS, _LISTENERS, _GROUPS = "aws:*lb/loadBalancer:*", "aws:*lb/listener:*", "aws:*lb/targetGroup:*"
_CHECKING = ("authenticate-oidc", "authenticate-cognito", "jwt-validation")
_ANSWERING = ("forward", "redirect", "fixed-response")
_MOST_VALUES = 5
_VALUES = ("conditions[*][*].values[*]", "conditions[*].queryStrings[*]")
# What an application load balancer speaks, and the groups behind it; the other kinds speak nothing of it.
_APPLICATION = ("HTTP", "HTTPS")


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    text = (Path(__file__).parent / "listeners.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["package"]["listeners"]


def balancer(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """Where a balancer stands. One for applications needs two zones."""
    kind = inputs.get("loadBalancerType") or "application"
    places = [each for name in ("subnets", "subnetMappings") for each in paths.find(inputs, f"{name}[*]")]
    hidden = UNKNOWN in (inputs.get("subnets"), inputs.get("subnetMappings"))
    if kind == "application" and not hidden and len(places) < 2:
        problem = "ValidationError: an application load balancer stands in at least two zones"
        yield Refusal(
            "subnets", problem, "name a subnet in each of two", f"{_API}API_CreateLoadBalancer.html"
        )
    if kind == "gateway" and inputs.get("securityGroups") not in (None, []):
        problem = "a gateway load balancer has no security groups"
        yield Refusal("securityGroups", problem, "leave them out", f"{_API}API_CreateLoadBalancer.html")


def group(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """A group of targets, and how it is asked for its health."""
    if inputs.get("targetType") != "lambda":
        for name in ("port", "protocol", "vpcId"):
            if inputs.get(name) is None:
                yield Refusal(name, "is missing", f"{name} must be set when targetType is not lambda")
    timeout, interval = (paths.get(inputs, f"healthCheck.{name}") for name in ("timeout", "interval"))
    if isinstance(timeout, int | float) and isinstance(interval, int | float) and timeout >= interval:
        problem = f"{timeout:g} seconds are not shorter than the interval of {interval:g}"
        source = f"{_API}API_CreateTargetGroup.html"
        yield Refusal("healthCheck.timeout", problem, "write a shorter timeout", source)


def listener(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """A listener's certificate, its clients' certificates, and what it does when no rule matches."""
    protocol = inputs.get("protocol")
    if protocol in ("HTTPS", "TLS") and inputs.get("certificateArn") is None:
        yield Refusal("certificateArn", "is missing", f"an {protocol} listener needs a certificate")
    secure = protocol in ("HTTPS", "TLS", UNKNOWN)
    for name in ("sslPolicy", "certificateArn", "mutualAuthentication"):
        if not secure and inputs.get(name) is not None:
            problem = f"does not go with protocol {protocol or 'HTTP'}"
            yield Refusal(name, problem, "leave it out", f"{_API}API_CreateListener.html")
    mode = paths.get(inputs, "mutualAuthentication.mode")
    store = paths.get(inputs, "mutualAuthentication.trustStoreArn")
    source = f"{_USER}mutual-authentication.html"
    if mode == "verify" and store is None:
        path = "mutualAuthentication.trustStoreArn"
        yield Refusal(path, "is missing", "name the store that clients' certificates are verified by", source)
    for name in ("trustStoreArn", "advertiseTrustStoreCaNames"):
        if mode in ("off", "passthrough") and paths.get(inputs, f"mutualAuthentication.{name}") is not None:
            path = f"mutualAuthentication.{name}"
            yield Refusal(path, f"does not go with mode {mode}", "write mode verify, or leave it out", source)
    yield from _actions(inputs, "defaultActions", secure=secure)


def rule(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """A rule's conditions and what it does."""
    for path, condition in paths.objects(inputs, "conditions[*]"):
        for refusal in limits.check(_table()["conditions"], condition):
            yield Refusal(f"{path}.{refusal.path}", refusal.problem, refusal.remedy, refusal.source)
    values = [each for path in _VALUES for each in paths.find(inputs, path)]
    if len(values) > _MOST_VALUES:
        problem = f"{len(values)} values are compared"
        source = f"{_USER}load-balancer-limits.html"
        yield Refusal("conditions", problem, f"write at most {_MOST_VALUES}, or a second rule", source)
    yield from _actions(inputs, "actions", secure=True)


def _actions(inputs: Mapping[str, Any], name: str, *, secure: bool) -> Iterator[Refusal]:
    found = list(paths.objects(inputs, f"{name}[*]"))
    for path, action in found:
        for refusal in limits.check(_table()["actions"], action):
            yield Refusal(f"{path}.{refusal.path}", refusal.problem, refusal.remedy, refusal.source)
        if action.get("type") in _CHECKING and not secure:
            problem = "who calls is checked behind HTTPS only"
            yield Refusal(f"{path}.type", problem, "write protocol HTTPS", f"{_API}API_Action.html")
    kinds = [paths.get(each, "type") for _, each in sorted(found, key=lambda item: _place(item[1]))]
    if kinds and UNKNOWN not in kinds:
        answers = [kind for kind in kinds if kind in _ANSWERING]
        if len(answers) != 1 or kinds[-1] not in _ANSWERING:
            problem = "the last action, and no other, answers"
            remedy = "end with one forward, redirect or fixed-response"
            yield Refusal(name, problem, remedy, f"{_API}API_Action.html")


def _place(action: Any) -> int:
    order = paths.get(action, "order")
    return int(order) if isinstance(order, int | float) else 0


def refuse_balancer(resource: Resource, record: Record) -> Refusal | None:
    """Subnets of one zone, and a way in from the internet where there is none."""
    found = [_subnet(each, record) for _, each in paths.find(resource.inputs, "subnets[*]")]
    subnets = [each for each in found if each is not None]
    if not subnets or len(subnets) < len(found):
        return None
    zones = {str(each.inputs.get("availabilityZone")) for each in subnets}
    if len(zones) < len(subnets):
        problem = "InvalidConfigurationRequest: two subnets stand in the same zone"
        return Refusal("subnets", problem, "name one a zone", f"{_API}API_CreateLoadBalancer.html")
    vpc = str(subnets[0].inputs.get("vpcId"))
    mine = record.get("aws:ec2/vpc:Vpc", vpc) is not None
    if resource.inputs.get("internal") is not True and mine and not _has_gateway(vpc, record):
        problem = f"InvalidSubnet: {vpc} has no internet gateway"
        return Refusal(
            "subnets",
            problem,
            "attach one first, or write internal true",
            f"{_USER}create-application-load-balancer.html",
        )
    return None


def refuse_listener(resource: Resource, record: Record) -> Refusal | None:
    """A listener of a balancer that speaks otherwise, or passes on to a group that does."""
    above = _by_arn(_BALANCERS, resource.inputs.get("loadBalancerArn"), record)
    if above is None:
        return None
    kind = above.inputs.get("loadBalancerType") or above.outputs.get("loadBalancerType") or "application"
    application, speaks = kind == "application", resource.inputs.get("protocol") or "HTTP"
    if kind != "gateway" and application is not (speaks in _APPLICATION):
        problem = f"ValidationError: a load balancer of type {kind} has no {speaks} listener"
        return Refusal("protocol", problem, "write one of its protocols", f"{_API}API_CreateListener.html")
    return _refuse_groups(resource, "defaultActions", application, record)


def refuse_rule(resource: Resource, record: Record) -> Refusal | None:
    """A rule that checks who calls where nothing is encrypted, or passes on to a group of another kind."""
    above = _by_arn(_LISTENERS, resource.inputs.get("listenerArn"), record)
    if above is None:
        return None
    kinds = [kind for _, kind in paths.find(resource.inputs, "actions[*].type")]
    if any(kind in _CHECKING for kind in kinds) and above.inputs.get("protocol") != "HTTPS":
        problem = "InvalidLoadBalancerAction: who calls is checked behind HTTPS only"
        return Refusal("actions", problem, "give the rule to an HTTPS listener", f"{_API}API_Action.html")
    return _refuse_groups(resource, "actions", True, record)


def _refuse_groups(resource: Resource, name: str, application: bool, record: Record) -> Refusal | None:
    for path, arn in paths.find(resource.inputs, f"{name}[*].targetGroupArn"):
        behind = _by_arn(_GROUPS, arn, record)
        speaks = behind.inputs.get("protocol") if behind is not None else None
        if speaks is not None and application is not (speaks in _APPLICATION):
            problem = f"InvalidLoadBalancerAction: the group speaks {speaks}"
            return Refusal(path, problem, "name one of the balancer's kind", f"{_API}API_Action.html")
    return None


def _by_arn(type: str, arn: Any, record: Record) -> Existing | None:
    return next((each for each in record.find(type) if arn in (each.id, each.outputs.get("arn"))), None)


def _subnet(id: Any, record: Record) -> Existing | None:
    return record.get("aws:ec2/subnet:Subnet", str(id))


def _has_gateway(vpc: str, record: Record) -> bool:
    ways = (
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment",
    )
    return any(record.find(type, {"vpcId": vpc}) for type in ways)


RULES: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Refusal]]] = {
    "loadBalancer:LoadBalancer": balancer,
    "targetGroup:TargetGroup": group,
    "listener:Listener": listener,
    "listenerRule:ListenerRule": rule,
}
CHECKS: Mapping[str, Callable[[Resource, Record], Refusal | None]] = {
    "loadBalancer:LoadBalancer": refuse_balancer,
    "listener:Listener": refuse_listener,
    "listenerRule:ListenerRule": refuse_rule,
}
"""By the type's name below the modules `lb` and `alb`, which are one service."""
