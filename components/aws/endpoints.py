"""Private endpoints: the services that nodes and pods need, at addresses of the data segment.

Builds an interface endpoint in every zone for each service of `endpoints.yaml`, S3 included, with private
names, behind the data segment's group.

Guarantees: an endpoint answers principals of this account (or organisation) about resources of this account
(or organisation) only, so that no credential of somebody else's carries anything out; what AWS itself keeps
in its own accounts, layers and packages and add-on images, can be read. No route leads to any of them.

Leaves out: services that are not listed. Their names resolve to public addresses, to which no route leads.
Sources: docs.aws.amazon.com/whitepapers/latest/building-a-data-perimeter-on-aws,
docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi_aws.ec2.vpc_endpoint import VpcEndpoint

from components.aws.documents import ANYONE, allow, policy
from components.aws.place import Place
from components.aws.subnets import Ground, Subnets

READ_IMAGES = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def endpoints(
    ground: Ground,
    vpc_id: pulumi.Output[str],
    data: Subnets,
    group_id: pulumi.Output[str],
    organization: str | None,
) -> list[VpcEndpoint]:
    """One endpoint for each service, in each zone of the data segment."""
    name, place, labels = ground.name, ground.place, ground.labels
    return [
        VpcEndpoint(
            f"{name}-{service}",
            vpc_id=vpc_id,
            vpc_endpoint_type="Interface",
            service_name=f"com.amazonaws.{place.region}.{service}",
            subnet_ids=[subnet.id for subnet in data.by_zone.values()],
            security_group_ids=[group_id],
            private_dns_enabled=True,
            # S3's private names would otherwise need a gateway endpoint beside it.
            dns_options={"private_dns_only_for_inbound_resolver_endpoint": False}
            if service == "s3"
            else None,
            policy=endpoint_policy(place, service, organization),
            tags={**labels, "Name": f"{name}-{service}"},
            opts=pulumi.ResourceOptions(parent=ground.parent, depends_on=data.guards),
        )
        for service in services()
    ]


def services() -> tuple[str, ...]:
    """The services of endpoints.yaml, by the last part of their names."""
    return tuple(each["name"] for each in _data()["endpoints"])


def endpoint_policy(place: Place, service: str, organization: str | None) -> pulumi.Output[str]:
    """Own principals on own resources, and what only AWS has."""
    statements = [allow("Own", ["*"], ["*"], to={"AWS": ANYONE}, when=_own(place, organization))]
    if service == "s3":
        buckets = [each.format(region=place.region) for each in _data()["amazons_buckets"]]
        objects = [place.bucket(f"{bucket}/*") for bucket in buckets]
        # Layers are fetched by signed links, whose principal is AWS's own.
        anyone = {"StringEquals": {"aws:RequestedRegion": place.region}}
        statements.append(allow("Amazons", ["s3:GetObject"], objects, to={"AWS": ANYONE}, when=anyone))
    if service.startswith("ecr."):
        accounts: Mapping[str, str] = _data()["addon_account"]
        account = accounts.get(place.region, accounts["default"])
        images = [f"arn:{place.partition}:ecr:{place.region}:{account}:repository/eks/*"]
        own = {"StringEquals": _principals(place, organization)}
        statements.append(allow("AddOns", READ_IMAGES, images, to={"AWS": ANYONE}, when=own))
    return policy(*statements)


def _own(place: Place, organization: str | None) -> dict[str, dict[str, str]]:
    """Both ends are ours. Calls about no resource, such as asking who one is, have no second end."""
    resource = {"aws:ResourceOrgID": organization} if organization else {"aws:ResourceAccount": place.account}
    return {"StringEquals": _principals(place, organization), "StringEqualsIfExists": resource}


def _principals(place: Place, organization: str | None) -> dict[str, str]:
    if organization:
        return {"aws:PrincipalOrgID": organization}
    return {"aws:PrincipalAccount": place.account}


@cache
def _data() -> Mapping[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("endpoints.yaml").read_text(encoding="utf-8"))
