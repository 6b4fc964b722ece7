"""What acts on AWS for a cluster: its autoscaler, and the registrar that puts pods behind the load balancer.

EKS leaves both to the cluster. Builds a role for each, with what `controllers.yaml` allows, and binds it to
the one account that the controller runs as.

Guarantees: the autoscaler sizes its own cluster's node groups and no other; the registrar changes one target
group; neither makes, changes or opens anything else.

Leaves out: the controllers themselves (`components/kubernetes/cloud_controllers.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi_aws.eks.pod_identity_association import PodIdentityAssociation
from pydantic import BaseModel, ConfigDict, Field

from components.accounts import KubernetesAccount
from components.aws.documents import Conditions, Text, allow
from components.aws.identity import pod_trust
from components.aws.place import Place
from components.aws.roles import Acting, acting_role
from components.aws.subnets import Ground
from components.contracts import Cluster

AUTOSCALER, REGISTRAR = "autoscaler", "registrar"


class ControllersArgs(BaseModel):
    """The cluster, its name, and the ARN of the target group of its pods, if any."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    cluster: Cluster
    cluster_name: str
    target_group: pulumi.Output[str] | None = None
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Controllers(pulumi.ComponentResource):
    """`ready` are there once the controllers may act."""

    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: ControllersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Controllers", name, None, opts)
        tags = table()[AUTOSCALER]["only_tagged"]
        owned = {
            f"aws:ResourceTag/{key.format(cluster=args.cluster_name)}": value for key, value in tags.items()
        }
        bound = [self._bound(name, args, AUTOSCALER, ["*"], {"StringEquals": owned})]
        if args.target_group:
            bound.append(self._bound(name, args, REGISTRAR, [args.target_group], None))
        self.ready = tuple(bound)
        self.register_outputs({})

    def _bound(
        self,
        name: str,
        args: ControllersArgs,
        which: str,
        resources: list[Text],
        when: Conditions | None,
    ) -> pulumi.Resource:
        """One controller's role and what it may do, bound to its account."""
        record = table()[which]
        namespace, _, own = record["account"].partition("/")
        account = KubernetesAccount(namespace=namespace, name=own)
        rights = Acting(
            record["duty"],
            pod_trust(args.place, account),
            does="controls",
            statements=[
                allow("Look", record["look"], ["*"]),
                allow("Act", record["act"], resources, when=when),
            ],
        )
        return PodIdentityAssociation(
            f"{name}-{which}",
            cluster_name=args.cluster.name,
            namespace=account.namespace,
            service_account=account.name,
            role_arn=acting_role(Ground(name, args.place, args.labels, self), which, rights),
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )


@cache
def table() -> Mapping[str, Any]:
    """`controllers.yaml`."""
    return yaml.safe_load(Path(__file__).with_name("controllers.yaml").read_text(encoding="utf-8"))
