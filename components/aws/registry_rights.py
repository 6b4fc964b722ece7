"""Who may do what in the registry: `registry_access.yaml` as statements of AWS.

Guarantees: a workload's own policy names repositories by their prefix, and a repository's policy denies
pushes to everybody else, administrators of the account too, and everything to other accounts.

Leaves out: nodes, whose right to pull is `identity.py`'s.
Source: docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components.aws.documents import allow, deny, policy
from components.aws.place import Place
from components.contracts import Identity, Workload
from components.registry_access import Repository, table
from components.store_access import Right

PULL = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImages",
    "ecr:GetDownloadUrlForLayer",
)
PUSH = ("ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart")
ACTIONS_OF = {Right.READ: PULL, Right.ADD: (*PULL, *PUSH)}
# A signature is kept beside what it signs, so who signs an image also adds to its repository.
SIGNED = (Repository.IMAGES, Repository.CHARTS)


def actions(workload: Workload) -> Mapping[Repository, set[str]]:
    """What a workload may do in each kind of repository."""
    found: dict[Repository, set[str]] = {}
    for access in table():
        if access.workload is workload:
            found.setdefault(access.repository, set()).update(ACTIONS_OF[access.right])
    if workload is Workload.SIGNER:
        for kind in SIGNED:
            found[kind].update(PUSH)
    return found


def allowances(place: Place, name: str, workload: Workload) -> list[dict[str, Any]]:
    """The statements of a workload's own policy, for the repositories under a prefix."""
    within = {kind: [place.arn("ecr", f"repository/{name}/{kind}/*")] for kind in Repository}
    return [
        allow("Login", ["ecr:GetAuthorizationToken"], ["*"]),
        *(
            allow(kind.value.capitalize(), sorted(found), within[kind])
            for kind, found in actions(workload).items()
        ),
    ]


def guard(place: Place, kind: Repository, identities: Mapping[Workload, Identity]) -> pulumi.Output[str]:
    """A repository's own policy, which allows nothing."""
    push = [identities[workload].principal for workload in Workload if "ecr:PutImage" in _in(workload, kind)]
    return policy(
        deny(
            "OtherAccounts",
            ["ecr:*"],
            [],
            to={"AWS": "*"},
            # AWS's own services, of which Inspector scans, are no account.
            when={
                "StringNotEquals": {"aws:PrincipalAccount": place.account},
                "Bool": {"aws:PrincipalIsAWSService": "false"},
            },
        ),
        deny(
            "OtherPushes", list(PUSH), [], to={"AWS": "*"}, when={"ArnNotEquals": {"aws:PrincipalArn": push}}
        ),
    )


def _in(workload: Workload, kind: Repository) -> set[str]:
    return actions(workload).get(kind, set())
