"""What the emulated AWS knows about pulumi-aws 7.

Guarantees: account, region and partition come from the provider's configuration as there; ARNs, ids and names
have AWS's formats; tags merge with the provider's default tags; documents are JSON.
Leaves out: what an AWS account may do (quotas, service control policies, permissions).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

from rehearsal import naming, paths, templates
from rehearsal.aws import clusters, computed, documents, examples, formats, network, order, rules, sources
from rehearsal.model import UNKNOWN, Checked, Context, Existing, Record, Refusal, Resource
from rehearsal.tables import TablePackage

ACCOUNT = "123456789012"
"""The account of a run that assumes no role: the number AWS's own documentation uses."""
REGION = "us-east-1"
"""The region of the rehearsed profile, taken when neither configuration nor environment names one."""
# Types whose ids and names hold in every region of a partition.
_GLOBAL = ("aws:iam/*", "aws:s3/bucket*", "aws:route53/[!r]*", "aws:cloudfront/*", "aws:organizations/*")


class Aws(TablePackage):
    """Tables of this folder, with the parts that a template cannot say."""

    filters = formats.FILTERS

    def __init__(self) -> None:
        super().__init__(Path(__file__).parent, "aws")

    def configure(self, config: Mapping[str, Any]) -> Checked:
        """The region comes from configuration, AWS_REGION, AWS_DEFAULT_REGION, or the profile."""
        filled = dict(super().configure(config).inputs)
        if filled.get("region") is None:
            environment = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
            filled["region"] = environment or REGION
        region = filled["region"]
        known = region is UNKNOWN or re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", str(region))
        bad = Refusal("region", f'"{region}" is no AWS region', "write one such as us-east-1")
        return Checked(filled, [] if known else [bad])

    def realm(self, type: str, context: Context) -> str:
        if any(fnmatchcase(type, pattern) for pattern in _GLOBAL):
            return account_of(context)
        return f"{account_of(context)} {region_of(context, {})}"

    def check(self, resource: Resource, olds: Mapping[str, Any] | None, record: Record) -> Checked:
        known = self.known.of(resource.type)
        rule: Mapping[str, Any] = known.get("auto_name") or {}
        begins = str(rule.get("begins", ""))
        named = replace(resource, name=begins + resource.name) if begins else resource
        if resource.inputs.get(str(rule.get("prefix", ""))) is not None:
            # The physical name is then made from the prefix and is an output, as in Terraform.
            named = replace(named, input_names=resource.input_names - {str(rule.get("property", "name"))})
        checked = super().check(named, olds, record)
        seen = replace(resource, inputs=checked.inputs)
        kinds: Mapping[str, Any] = self.known.package["documents"].get(resource.type, {})
        found = [
            *checked.refusals,
            *documents.check(kinds, checked.inputs),
            *rules.check(seen),
        ]
        return Checked(checked.inputs, found)

    def identify(self, resource: Resource) -> str:
        if "id" in self.known.of(resource.type):
            return super().identify(resource)
        scope = self.scope(resource)
        return examples.identify(resource, cast("Mapping[str, str]", scope.values))

    def outputs(self, resource: Resource, id: str) -> Mapping[str, Any]:
        """What the program gave stays as given; the rest as the tables say."""
        made = {**super().outputs(resource, id), **computed.outputs(resource, id)}
        return {path: value for path, value in made.items() if paths.get(resource.inputs, path) is None}

    def guess(self, resource: Resource, id: str, path: str, kind: str) -> Any:
        if kind == "string" and (path == "arn" or path.endswith("Arn")) and "[" not in path:
            return examples.arn(resource, id, self.scope(resource, id).values)
        return super().guess(resource, id, path, kind)

    def refuse_create(self, resource: Resource, id: str, record: Record) -> Refusal | None:
        for refuse in (network.refuse, clusters.refuse, order.refuse):
            if found := refuse(resource, record):
                return found
        return super().refuse_create(resource, id, record)

    def refuse_delete(self, existing: Existing, record: Record) -> Refusal | None:
        found = network.refuse_delete(existing, record) or order.refuse_delete(existing, record)
        return found or super().refuse_delete(existing, record)

    def invoke(
        self, token: str, args: Mapping[str, Any], context: Context, record: Record
    ) -> Mapping[str, Any]:
        region = region_of(context, args)
        place = replace(context, config={**context.config, **place_of(context, region)})
        answer = sources.FUNCTIONS.get(token)
        if answer is not None:
            return {"region": region, **answer(args, place.config, record)}
        return {"region": region, **super().invoke(token, args, place, record)}

    def scope(
        self, resource: Resource, id: str = "", outputs: Mapping[str, Any] | None = None, label: str = ""
    ) -> templates.Scope:
        """Adds `region`, `account`, `partition`, `dns`, `tags_all`, and the name made from a prefix."""
        inputs = self._with_name(resource)
        scope = super().scope(replace(resource, inputs=inputs), id, outputs, label)
        region = region_of(resource.context, inputs)
        values = {
            **scope.values,
            **place_of(resource.context, region),
            "tags_all": all_tags(resource.context, inputs),
        }
        return templates.Scope(values, scope.seed, scope.filters)

    def _with_name(self, resource: Resource) -> Mapping[str, Any]:
        rule: Mapping[str, Any] = self.known.of(resource.type).get("auto_name") or {}
        path, prefix = str(rule.get("property", "name")), resource.inputs.get(str(rule.get("prefix", "")))
        if prefix is None or resource.inputs.get(path) is not None:
            return resource.inputs
        unique = naming.automatic({"digits": 26, "separator": ""}, replace(resource, name=""))
        return {**resource.inputs, path: UNKNOWN if prefix is UNKNOWN else f"{prefix}{unique}"}


def region_of(context: Context, arguments: Mapping[str, Any]) -> Any:
    """The region of one resource or call: its own argument, else the provider's."""
    own, configured = arguments.get("region"), context.config.get("region")
    return own if own is not None else configured if configured is not None else REGION


def account_of(context: Context) -> str:
    """The account a run acts in: that of the role it assumes, else of `allowedAccountIds`, else `ACCOUNT`."""
    roles: Any = _plain(context.config.get("assumeRoles"))
    arn = "" if roles is None or roles is UNKNOWN else str(roles[-1].get("roleArn", ""))
    match = re.match(r"arn:[a-z-]+:iam::(\d{12}):", arn)
    allowed: Any = _plain(context.config.get("allowedAccountIds"))
    if match:
        return match.group(1)
    return ACCOUNT if allowed is None or allowed is UNKNOWN else str(allowed[0])


def place_of(context: Context, region: Any) -> dict[str, Any]:
    """`region`, `account`, `partition` and `dns` for templates."""
    if region is UNKNOWN:
        return {"region": region, "account": account_of(context), "partition": "aws", "dns": "amazonaws.com"}
    return {
        "region": region,
        "account": account_of(context),
        "partition": formats.partition(str(region)),
        "dns": formats.suffix(str(region)),
    }


def all_tags(context: Context, inputs: Mapping[str, Any]) -> Any:
    """Tags of the resource over the provider's default tags."""
    defaults: Any = _plain(context.config.get("defaultTags"))
    shared: Any = paths.get(defaults, "tags") if defaults is not None else None
    tags: Any = inputs.get("tags")
    if shared is UNKNOWN or tags is UNKNOWN:
        return UNKNOWN
    # An autoscaling group's tags are a list of its own form, which the provider's defaults leave alone.
    if isinstance(tags, list):
        return None
    merged: dict[str, Any] = {**(shared or {}), **(tags or {})}
    return merged


def _plain(value: Any) -> Any:
    """Nested provider configuration arrives as JSON text from some SDKs."""
    return json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value
