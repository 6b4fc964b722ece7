"""Runs a program against Pulumi's mocks and records what it registers, options included.

An inventory is a YAML file: resource type -> logical name -> the values that matter for security, by property
path (`nodeConfig.serviceAccount`, `rrdatas[0]`). Types and names are compared exactly, values one by one.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pulumi
import yaml
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks, set_mocks
from pulumi.runtime.settings import SETTINGS

INVENTORIES = Path(__file__).parent.parent / "inventories"
PROJECT_NUMBER = "123456789012"

# What data sources answer, by their token: the answer, or what makes it from the arguments.
Functions = Mapping[str, Mapping[str, Any] | Callable[[Mapping[str, Any]], Mapping[str, Any]]]


# Outputs that a cloud computes and that programs read on.
COMPUTED: Mapping[str, Callable[[str], Mapping[str, Any]]] = {
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": lambda name: {
        "dnsResourceRecords": [{"name": f"_acme.{name}.", "type": "CNAME", "data": "x.goog."}]
    },
    "gcp:certificateauthority/authority:Authority": lambda name: {"pemCaCertificates": [f"{name}-pem"]},
    "gcp:compute/securityPolicy:SecurityPolicy": lambda name: {"selfLink": f"securityPolicies/{name}"},
    "aws:acm/certificate:Certificate": lambda _name: {
        "domainValidationOptions": [
            {
                "domainName": host,
                "resourceRecordName": f"_proof.{host}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": "_x.acm-validations.aws.",
            }
            for host in ("models.example.com", "models.dev.example.com")
        ]
    },
    "aws:acmpca/certificate:Certificate": lambda name: {"certificate": f"{name}-pem"},
    "aws:bedrock/guardrail:Guardrail": lambda name: {"guardrailId": name, "guardrailArn": f"arn:{name}"},
    "aws:bedrock/guardrailVersion:GuardrailVersion": lambda _name: {"version": "1"},
    "aws:ec2/launchTemplate:LaunchTemplate": lambda _name: {"latestVersion": 1},
    "aws:eks/cluster:Cluster": lambda name: {
        "endpoint": f"https://{name}.eks.amazonaws.com",
        "certificateAuthority": {"data": "Y2E="},
    },
    "azure-native:managedidentity:UserAssignedIdentity": lambda name: {
        "principalId": f"{name}-principal",
        "clientId": f"{name}-client",
    },
    "azure-native:keyvault:Key": lambda name: {"keyUriWithVersion": f"https://vault/keys/{name}/1"},
    "gcp:storage/bucket:Bucket": lambda name: {"url": f"gs://{name}"},
    "gcp:modelarmor/template:Template": lambda name: {"name": f"projects/p/locations/l/templates/{name}"},
    "gcp:logging/projectSink:ProjectSink": lambda name: {"writerIdentity": f"serviceAccount:{name}@sink"},
}


@dataclass(frozen=True)
class Made:
    """One registered resource."""

    type: str
    name: str
    urn: str
    parent: str
    provider: str
    inputs: Mapping[str, Any]
    protect: bool
    ignore_changes: tuple[str, ...]
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]
    after_create: tuple[str, ...]


class _Cloud(Mocks):
    """Computed outputs with the formats that programs rely on; answers to data sources as given."""

    def __init__(self, functions: Functions, preview: bool) -> None:
        self.functions = functions
        self.preview = preview

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        inputs = cast("dict[str, Any]", args.inputs)
        outputs = dict(inputs)
        ids = {
            "gcp:tags/tagKey:TagKey": f"tagKeys/{args.name}",
            "gcp:tags/tagValue:TagValue": f"tagValues/{args.name}",
        }
        if args.typ == "gcp:projects/serviceIdentity:ServiceIdentity":
            service = str(inputs["service"]).split(".", maxsplit=1)[0]
            outputs["email"] = f"service-{PROJECT_NUMBER}@gcp-sa-{service}.iam.gserviceaccount.com"
            outputs["member"] = f"serviceAccount:{outputs['email']}"
        if self.preview:
            return ("" if args.custom else None), {**inputs, **_identity_answered(inputs)}
        if args.typ == "gcp:serviceaccount/account:Account":
            outputs["email"] = f"{inputs['accountId']}@{inputs['project']}.iam.gserviceaccount.com"
            outputs["member"] = f"serviceAccount:{outputs['email']}"
            outputs["name"] = f"projects/{inputs['project']}/serviceAccounts/{outputs['email']}"
        if args.typ.startswith("kubernetes:") and "metadata" in outputs:
            # Without a name of its own an object gets one from its resource.
            outputs["metadata"] = {"name": args.name, **outputs["metadata"]}
        if args.typ.startswith("aws:"):
            service = args.typ.split(":")[1].partition("/")[0]
            outputs.setdefault("arn", f"arn:aws:{service}:eu-central-1:123456789012:{args.name}")
        if args.typ.startswith("azure-native:"):
            outputs.setdefault("name", args.name)
            outputs |= _identity_answered(inputs)
        if compute := COMPUTED.get(args.typ):
            outputs |= compute(args.name)
        return ids.get(args.typ, f"{args.name}-id") if args.custom else None, outputs

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        if args.token not in self.functions:
            raise AssertionError(f"the program asks {args.token}, and the test has no answer")
        answer = self.functions[args.token]
        given = cast("dict[str, Any]", args.args)
        return dict(answer(given) if callable(answer) else answer), []


def _identity_answered(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What Azure answers to the identities of a resource, if it has some: a map, where it takes a list."""
    given: Mapping[str, Any] = inputs.get("identity") or {}
    named: list[str] | Mapping[str, Any] | None = given.get("userAssignedIdentities")
    if not isinstance(named, list):
        return {}
    return {"identity": {**given, "userAssignedIdentities": {each: {} for each in named}}}


class _Monitor(MockMonitor):
    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.made: list[Made] = []

    def RegisterResource(self, request: Any) -> Any:
        response = cast("Any", super()).RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self.made.append(
                Made(
                    type=request.type,
                    name=request.name,
                    urn=response.urn,
                    parent=request.parent,
                    provider=request.provider,
                    inputs=rpc.deserialize_properties(request.object),
                    protect=request.protect,
                    ignore_changes=tuple(request.ignoreChanges),
                    dependencies=tuple(request.dependencies),
                    property_dependencies={
                        name: tuple(found.urns) for name, found in request.propertyDependencies.items()
                    },
                    after_create=tuple(request.hooks.after_create),
                )
            )
        return response


class _Hooks:
    """Takes the place of the server for resource hooks, which Pulumi's mocks do not start: no hook runs."""

    def register_resource_hook(self, hook: pulumi.ResourceHook) -> None:
        assert hook.name


def build(
    program: Callable[[], object],
    functions: Functions | None = None,
    preview: bool = False,
) -> list[Made]:
    """Everything the program registers, in order of its names; at preview, what clouds compute is unknown.

    Raises whatever the program raises, and what fails inside an output.
    """
    mocks = _Cloud(functions or {}, preview)
    monitor = _Monitor(mocks)
    asyncio.set_event_loop(asyncio.new_event_loop())
    set_mocks(mocks, project="palisade", stack="test", preview=preview, monitor=monitor)
    cast("Any", SETTINGS).callbacks = _Hooks()

    def run() -> None:
        program()

    cast("Any", pulumi_mocks).test(run)()
    return sorted(monitor.made, key=lambda made: (made.type, made.name))


def value(made: Made, path: str) -> Any:
    """The value at a property path, or None where there is none."""
    here: Any = made.inputs
    for part in re.findall(r"[^.\[\]]+", path):
        if here is None:
            return None
        here = cast("Any", here[int(part)] if isinstance(here, list) else here.get(part))
    return here


def differences(made: list[Made], inventory: str) -> list[str]:
    """What of an inventory (a file's name without its ending) the resources do not fit, in words."""
    wanted: Mapping[str, Mapping[str, Mapping[str, Any] | None]]
    wanted = yaml.safe_load((INVENTORIES / f"{inventory}.yaml").read_text(encoding="utf-8"))
    found = {(each.type, each.name): each for each in made}
    expected = {(kind, name) for kind, names in wanted.items() for name in names}
    problems = [f"{kind} {name} is not in the inventory" for kind, name in sorted(found.keys() - expected)]
    problems += [f"{kind} {name} is missing" for kind, name in sorted(expected - found.keys())]
    for kind, name in sorted(expected & found.keys()):
        for path, should in (wanted[kind][name] or {}).items():
            is_ = value(found[kind, name], path)
            if isinstance(should, dict) and isinstance(is_, str):
                is_ = json.loads(is_)
            if is_ != should:
                problems.append(f"{name}: {path} is {is_!r}, not {should!r}")
    return problems


def fails_with(program: Callable[[], object], functions: Functions | None = None) -> str:
    """The message with which the program fails; empty when it does not."""
    try:
        build(program, functions)
    except Exception as error:  # noqa: BLE001 - any failure is what the test asks for, and it reads the message
        return str(error)
    return ""
