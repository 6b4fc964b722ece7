"""Who may put a segment's firewall tag on nodes: GKE's agent and Google's, for the segments with a cluster.

Builds the grants, once per project, so that each cluster finds them whatever becomes of another.

Guarantees: nobody but these two agents is granted anything here; a handle's value resolves once its grants
hold, so that no node starts outside its segment.

Leaves out: the tags themselves (`firewall.py`).
Source: cloud.google.com/kubernetes-engine/docs/how-to/tags-firewall-policies (service agents).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pulumi
from pulumi_gcp.projects.iam_member import IAMMember
from pulumi_gcp.projects.service_identity import ServiceIdentity
from pulumi_gcp.tags.tag_key_iam_member import TagKeyIamMember
from pulumi_gcp.tags.tag_value_iam_member import TagValueIamMember
from pydantic import BaseModel, ConfigDict

from components.contracts import SegmentName
from components.gcp.firewall import SegmentTag
from components.gcp.grants import noted, settled
from components.gcp.network import Placement

TAG_USER = "roles/resourcemanager.tagUser"


class NodeTagsArgs(BaseModel):
    """The project whose clusters put tags on nodes, and where those clusters stand."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    project_number: str | pulumi.Output[str]
    placements: Mapping[SegmentName, Placement]


class NodeTags(pulumi.ComponentResource):
    """`placements`, whose tags may be put on nodes."""

    placements: Mapping[SegmentName, Placement]

    def __init__(self, name: str, args: NodeTagsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:NodeTags", name, None, opts)
        gke = ServiceIdentity(
            f"{name}-gke-agent",
            project=args.project,
            service="container.googleapis.com",
            opts=pulumi.ResourceOptions(parent=self),
        )
        apis = pulumi.Output.format(
            "serviceAccount:{0}@cloudservices.gserviceaccount.com", args.project_number
        )
        agents = {"gke": gke.member, "google-apis": apis}

        shared = [self._uses_tags(name, args, who, member) for who, member in agents.items()]
        shared += self._uses_foreign_keys(name, args, agents)
        self.placements = {
            segment: replace(placement, tag=self._held(name, segment, placement.tag, gke.member, shared))
            for segment, placement in args.placements.items()
        }
        self.register_outputs({})

    def _uses_tags(
        self, name: str, args: NodeTagsArgs, who: str, member: pulumi.Output[str]
    ) -> pulumi.Resource:
        return IAMMember(
            f"{name}-{who}-uses-tags",
            project=args.project,
            role=TAG_USER,
            member=member,
            opts=self._timed(f"{name}-{who}-uses-tags"),
        )

    def _uses_foreign_keys(
        self, name: str, args: NodeTagsArgs, agents: Mapping[str, pulumi.Output[str]]
    ) -> list[pulumi.Resource]:
        """A tag of another project takes grants on its key as well. All segments share one key."""
        tags = [placement.tag for placement in args.placements.values()]
        if not tags or tags[0].project == args.project:
            return []
        return [
            TagKeyIamMember(
                f"{name}-{who}-uses-key",
                tag_key=tags[0].key,
                role=TAG_USER,
                member=member,
                opts=self._timed(f"{name}-{who}-uses-key"),
            )
            for who, member in agents.items()
        ]

    def _held(
        self,
        name: str,
        segment: SegmentName,
        tag: SegmentTag,
        gke: pulumi.Output[str],
        shared: list[pulumi.Resource],
    ) -> SegmentTag:
        """The tag, once GKE may hold it while a node has it."""
        holds = TagValueIamMember(
            f"{name}-gke-holds-{segment}",
            tag_value=tag.value,
            role="roles/resourcemanager.tagHoldAdmin",
            member=gke,
            opts=self._timed(f"{name}-gke-holds-{segment}"),
        )
        return replace(tag, value=settled(tag.value, *shared, holds))

    def _timed(self, name: str) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, hooks=noted(name))
