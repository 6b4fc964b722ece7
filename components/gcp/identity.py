"""Who acts: one service account per workload, and who may act as the deployer.

Builds the accounts of `Workload`, the node account's one role, and the right of the named deployers to act as
the deployer. Pods act as workloads through `workload_bindings.py`.

Guarantees: no account key exists; no basic role; no role over a project's data: whatever a workload may read
or write is granted on that one bucket, key or repository, by the component that makes it.

Leaves out: accounts of people (groups of the enterprise's directory), Google's own agents (`agents.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_gcp.projects.iam_member import IAMMember as ProjectIAMMember
from pulumi_gcp.serviceaccount.account import Account
from pydantic import BaseModel, ConfigDict

from components.contracts import Identity, Workload
from components.gcp.grants import account_grant
from components.ready import after

# Everything a node needs of its project: writing logs, metrics and its own metadata.
# Source: cloud.google.com/kubernetes-engine/docs/how-to/service-accounts.
NODE_ROLE = "roles/container.defaultNodeServiceAccount"


class IdentitiesArgs(BaseModel):
    """Where the accounts live, and who may act as the deployer (`group:…`, `principalSet://…`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: str
    deployers: tuple[str, ...] = ()


class Identities(pulumi.ComponentResource):
    """`handles` by workload: `id` is the account's e-mail, `principal` what a grant names."""

    handles: Mapping[Workload, Identity]

    def __init__(self, name: str, args: IdentitiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Identities", name, None, opts)
        accounts = {workload: self._account(name, args, workload) for workload in Workload}
        guards = {
            Workload.NODES: self._node_grants(name, args, accounts),
            Workload.DEPLOYER: self._deployer_grants(name, args, accounts),
        }
        self.handles = {
            workload: _handle(workload, account, guards.get(workload, []))
            for workload, account in accounts.items()
        }
        self.register_outputs({"accounts": {each.value: handle.id for each, handle in self.handles.items()}})

    def _account(self, name: str, args: IdentitiesArgs, workload: Workload) -> Account:
        return Account(
            f"{name}-{workload}",
            account_id=f"{name}-{workload}",
            project=args.project,
            display_name=f"{name} {workload}",
            description=workload.duty,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _node_grants(
        self, name: str, args: IdentitiesArgs, accounts: Mapping[Workload, Account]
    ) -> list[pulumi.Resource]:
        # On the project, because logs and metrics have no narrower place; it reads no data.
        on_project = ProjectIAMMember(
            f"{name}-nodes-project",
            project=args.project,
            role=NODE_ROLE,
            member=accounts[Workload.NODES].member,
            opts=pulumi.ResourceOptions(parent=self),
        )
        # Whoever creates a node pool must be allowed to run machines as its account.
        creator = account_grant(
            f"{name}-nodes-deployer",
            accounts[Workload.NODES].name,
            "roles/iam.serviceAccountUser",
            accounts[Workload.DEPLOYER].member,
            self,
        )
        return [on_project, creator]

    def _deployer_grants(
        self, name: str, args: IdentitiesArgs, accounts: Mapping[Workload, Account]
    ) -> list[pulumi.Resource]:
        return [
            account_grant(
                f"{name}-deployer-{member}",
                accounts[Workload.DEPLOYER].name,
                _way_of_acting(member),
                member,
                self,
            )
            for member in args.deployers
        ]


def _way_of_acting(member: str) -> str:
    """Federated identities become the account; people and groups ask for its short-lived tokens."""
    federated = member.startswith(("principal://", "principalSet://"))
    return "roles/iam.workloadIdentityUser" if federated else "roles/iam.serviceAccountTokenCreator"


def _handle(workload: Workload, account: Account, guards: list[pulumi.Resource]) -> Identity:
    return Identity(
        workload=workload, id=after(account.email, *guards), principal=after(account.member, *guards)
    )
