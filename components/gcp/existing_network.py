"""A network that somebody else runs, read and checked, so that it can stand in for one of our own.

Reads each segment's subnet and refuses, at preview, one that lies in another network or region, has other
ranges than the stack file says or lacks Private Google Access.

Checked: network, region, ranges (of nodes, pods and Services) and Private Google Access of every subnet.

Not checked, because no data source tells, and therefore the owner's to answer for: routes, NAT and peerings
of the network (our firewall policy denies what they would carry), its flow logs, the private zones of
Google's APIs, its DNS policy, and its enforcement order: with AFTER_CLASSIC_FIREWALL, a VPC rule of the owner
or of GKE comes before our policy. A network takes one global firewall policy, so it must have none yet.

In a Shared VPC, whoever runs the update needs `roles/compute.securityAdmin` and
`roles/resourcemanager.tagAdmin` in the host project, where policy and tags stand; GKE's agents need
`roles/container.hostServiceAgentUser` there and `roles/compute.networkUser` on the subnets.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_gcp.compute.get_subnetwork import GetSubnetworkResult, get_subnetwork_output
from pydantic import BaseModel, ConfigDict, Field

from components.contracts import SegmentName
from components.segments import SegmentRanges


class ExistingSubnet(BaseModel):
    """A brought subnet: its full id, and the names of its secondary ranges where a cluster runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^projects/[^/]+/regions/[^/]+/subnetworks/[^/]+$")
    pods: str | None = None
    services: str | None = None

    def cluster_ranges(self, segment: SegmentName) -> tuple[str, str]:
        """The names of the ranges for pods and Services.

        Raises:
            pulumi.RunError: one of them is not given.
        """
        if self.pods is None or self.services is None:
            raise pulumi.RunError(
                f"network.existing.subnets.{segment}: a cluster runs here; write the names of the subnet's "
                "secondary ranges as `pods` and `services`"
            )
        return self.pods, self.services


class ExistingNetwork(BaseModel):
    """A brought network: `projects/P/global/networks/N`, and its subnet for each segment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^projects/[^/]+/global/networks/[^/]+$")
    subnets: Mapping[SegmentName, ExistingSubnet]

    @property
    def project(self) -> str:
        return self.id.split("/")[1]

    @property
    def name(self) -> str:
        return self.id.rsplit("/", 1)[1]


def checked_subnets(
    existing: ExistingNetwork,
    region: str,
    ranges: Mapping[SegmentName, SegmentRanges],
    parent: pulumi.Resource,
) -> Mapping[SegmentName, pulumi.Output[str]]:
    """The id of each segment's subnet. Each output fails with a sentence when its subnet does not fit."""

    def check(segment: SegmentName) -> pulumi.Output[str]:
        # By its parts: the provider takes no partial path for a self link.
        _, project, _, place, _, name = existing.subnets[segment].id.split("/")
        ask = pulumi.InvokeOutputOptions(parent=parent)
        found = get_subnetwork_output(name=name, region=place, project=project, opts=ask)
        return found.apply(lambda result: _fitting(segment, existing, region, ranges[segment], result))

    return {segment: check(segment) for segment in SegmentName}


def _fitting(
    segment: SegmentName,
    existing: ExistingNetwork,
    region: str,
    ranges: SegmentRanges,
    found: GetSubnetworkResult,
) -> str:
    wanted = existing.subnets[segment]
    comparisons = [
        ("its network", _short(found.network), _short(existing.id)),
        ("its region", _short(found.region), region),
        ("its range", found.ip_cidr_range, ranges.nodes),
        ("Private Google Access", found.private_ip_google_access, True),
    ]
    if ranges.pods and ranges.services:
        secondary = {each.range_name: each.ip_cidr_range for each in found.secondary_ip_ranges}
        pods, services = wanted.cluster_ranges(segment)
        comparisons += [
            (f"its range {pods}", secondary.get(pods), ranges.pods),
            (f"its range {services}", secondary.get(services), ranges.services),
        ]
    problems = [f"{what} is {is_}, not {should}" for what, is_, should in comparisons if is_ != should]
    if problems:
        raise pulumi.RunError(
            f"network.existing.subnets.{segment}: of {wanted.id}, {', '.join(problems)}; "
            "change the subnet, or write in the stack file what it is"
        )
    return wanted.id


def _short(link: str) -> str:
    """`https://…/projects/P/global/networks/N` as `projects/P/global/networks/N`, a name as it is."""
    return link[link.index("projects/") :] if "projects/" in link else link.rsplit("/", 1)[-1]
