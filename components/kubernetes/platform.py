"""The ground that workloads of a cluster stand on: namespaces, admission, network policies, identity.

Builds the namespaces of `tenants.yaml` for the cluster's role, what guards each, the cluster-wide admission
policies, the accounts of workloads, and service identity.

Guarantees: a namespace counts as there only once its default deny, quota and account are, and the admission
policies are bound; every workload has an account of its own, with no token of the API server mounted.

Leaves out: workloads (their own files), rights of people in the cluster (the cloud's access component), and
what the cloud itself runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1.ServiceAccount import ServiceAccount
from pydantic import BaseModel, ConfigDict, Field

from components.kubernetes import admission, identity, namespaces, network_policies
from components.kubernetes.image_lists import HOME, Releaser
from components.kubernetes.profile import Profile
from components.kubernetes.scope import Scope
from components.kubernetes.software import Software
from components.kubernetes.tenants import Role, tenants_of
from components.ready import after


class Account(BaseModel):
    """A workload's account: where, its name, and the cloud's identity it acts as, if any."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    namespace: str
    name: str
    cloud_identity: pulumi.Output[str] | None = None


class PlatformArgs(BaseModel):
    """A cluster's role, surroundings and software, and who its workloads are.

    `gpus` is how many accelerators its pods may ask for together. `administrators` may change the labels that
    guard namespaces and the lists of images: users or groups as the API server knows them. `releasers` may
    enter released digests.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    role: Role
    profile: Profile
    software: Software
    trust_domain: str
    accounts: tuple[Account, ...]
    gpus: int = Field(ge=0)
    administrators: tuple[str | pulumi.Output[str], ...] = Field(min_length=1)
    releasers: tuple[Releaser, ...] = ()


@dataclass(frozen=True)
class Ready:
    """What workloads wait for: their namespace's guards, and the issuer of certificates."""

    scope: Scope
    guards: Mapping[str, tuple[pulumi.Resource, ...]]
    issuer: pulumi.Resource

    def namespace(self, name: str) -> pulumi.Output[str]:
        """The namespace's name, once everything that guards it is in force."""
        return after(name, *self.guards[name])


class Platform(pulumi.ComponentResource):
    """`ready` for whoever runs something in the cluster."""

    ready: Ready

    def __init__(self, name: str, args: PlatformArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Platform", name, None, opts)
        scope = Scope(name, args.profile, args.software, args.trust_domain, self)
        tenants = tenants_of(args.role, controllers=args.profile.cloud.own_controllers)
        made = {
            tenant: namespaces.namespace(scope, tenant, asked, args.gpus) for tenant, asked in tenants.items()
        }
        admitted = admission.admission(scope, args.administrators, args.releasers, made[HOME][0])
        guards: dict[str, tuple[pulumi.Resource, ...]] = {}
        for tenant, (home, own) in made.items():
            closed = network_policies.policies(scope, tenant, tenants[tenant], home)
            guards[tenant] = (home, *own, *closed, *admitted)
        issuer = identity.identity(scope, *guards[identity.NAMESPACE])
        for account in args.accounts:
            guarded = guards[account.namespace]
            guards[account.namespace] = (*guarded, self._account(scope, account, *guarded))

        self.ready = Ready(scope, guards, issuer)
        self.register_outputs({})

    def _account(self, scope: Scope, account: Account, *guards: pulumi.Resource) -> ServiceAccount:
        key = scope.profile.identity_annotation
        annotations = {key: account.cloud_identity} if key and account.cloud_identity else None
        return ServiceAccount(
            scope.name(f"{account.namespace}-{account.name}"),
            metadata={"name": account.name, "namespace": account.namespace, "annotations": annotations},
            automount_service_account_token=False,
            opts=scope.opts(*guards),
        )
