"""The registry: the only place that software and packed models come from.

Builds an ECR repository for each image and chart of the platform (docs/adr/0015) and one for packed models,
the rights of `registry_access.yaml` (`registry_rights.py`), scanning by Inspector, a signing profile with the
registry's signing configuration, and the group in which releases of models are listed.

Guarantees: the customer's key; tags that never move, so that a digest is all a tag can mean; scanning of what
is pushed and again as new weaknesses become known; nothing is deleted but what no tag names any more. Images
are signed as they are pushed by whoever may sign, which is the signer alone: what somebody else pushes stays
unsigned. Nobody pushes but who is named, whatever else they may do in the account, and no other account gets
in. Which digests run is decided in the clusters (`components/kubernetes/image_lists.py`).

Leaves out: copying and tests, which are a pipeline's work (docs/mirror.md). An account has one scanning and
one signing configuration per region: with `writes_settings` false another stack writes both.
Sources: docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html, and beside it
image-scanning-enhanced.html and managed-signing.html.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
from pulumi_aws.cloudcontrol.resource import Resource as CloudControlled
from pulumi_aws.ecr.lifecycle_policy import LifecyclePolicy
from pulumi_aws.ecr.registry_scanning_configuration import RegistryScanningConfiguration
from pulumi_aws.ecr.repository import Repository as EcrRepository
from pulumi_aws.ecr.repository_policy import RepositoryPolicy
from pulumi_aws.iam.role_policy import RolePolicy
from pulumi_aws.inspector2.enabler import Enabler
from pulumi_aws.sagemaker.model_package_group import ModelPackageGroup
from pulumi_aws.signer.signing_profile import SigningProfile
from pydantic import BaseModel, ConfigDict, Field

from components import contracts
from components.aws.documents import allow, policy
from components.aws.place import Place
from components.aws.registry_rights import SIGNED, allowances, guard
from components.contracts import Identity, Key, Workload
from components.ready import after
from components.registry_access import Repository, table

# One repository for packed models; images and charts have one each.
PACKED = "packed"
SIGN = ["signer:GetSigningProfile", "signer:SignPayload"]
LISTS = {
    Workload.PIPELINE: ["sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage"],
    Workload.SIGNER: ["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"],
}
UNTAGGED_DAYS = 30


class RegistryArgs(BaseModel):
    """Where the registry lives, its key, what it holds by name, and who works with it.

    `protected` keeps repositories from deletion; with `torn_down` their images go with them. With
    `writes_settings` false, another stack of the account writes the registry's scanning and signing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    key: Key
    images: tuple[str, ...]
    charts: tuple[str, ...]
    identities: Mapping[Workload, Identity]
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True
    torn_down: bool = False
    writes_settings: bool = True

    @property
    def holds(self) -> Mapping[Repository, tuple[str, ...]]:
        """What each kind of repository holds, by name."""
        return {
            Repository.IMAGES: self.images,
            Repository.CHARTS: self.charts,
            Repository.MODELS: (PACKED,),
        }


class Registry(pulumi.ComponentResource):
    """`handle` for whoever runs software, `profile` is the ARN of what signs it."""

    handle: contracts.Registry
    profile: pulumi.Output[str]

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Registry", name, None, opts)
        made = [
            each
            for kind, names in args.holds.items()
            for what in names
            for each in self._repository(name, args, kind, what)
        ]
        profile = self._profile(name, args)
        group = self._models(name, args)
        guards: list[pulumi.Resource] = [*made, *self._rights(name, args, profile, group)]
        if args.writes_settings:
            guards += self._settings(name, args, profile)

        prefixes = {kind: _prefix(name, args, kind, guards) for kind in Repository}
        self.handle = contracts.Registry(
            name=after(f"{name}/{Repository.IMAGES}", *guards),
            images=prefixes[Repository.IMAGES],
            charts=prefixes[Repository.CHARTS],
            models=prefixes[Repository.MODELS],
        )
        self.profile = after(profile.arn, *guards)
        self.register_outputs({"images": self.handle.images})

    def _repository(
        self, name: str, args: RegistryArgs, kind: Repository, what: str
    ) -> tuple[pulumi.Resource, pulumi.Resource]:
        """A repository; what guards it."""
        opts = pulumi.ResourceOptions(parent=self)
        repository = EcrRepository(
            f"{name}-{kind}-{what}",
            name=f"{name}/{kind}/{what}",
            image_tag_mutability="IMMUTABLE",
            # Also where another stack writes the registry's settings.
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": args.key.id}],
            force_delete=args.torn_down,
            tags={**args.labels, "repository": kind.value},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        ages = LifecyclePolicy(
            f"{name}-{kind}-{what}",
            repository=repository.name,
            # With immutable tags, what has no tag is all that may go.
            policy=json.dumps({"rules": [_untagged()]}, sort_keys=True),
            opts=opts,
        )
        guarded = RepositoryPolicy(
            f"{name}-{kind}-{what}",
            repository=repository.name,
            policy=guard(args.place, kind, args.identities),
            opts=opts,
        )
        return ages, guarded

    def _profile(self, name: str, args: RegistryArgs) -> SigningProfile:
        return SigningProfile(
            f"{name}-releases",
            # Letters, digits and _ only, and no name twice in an account, whatever became of its profile.
            name_prefix=f"{name}_releases_".replace("-", "_"),
            platform_id="Notation-OCI-SHA384-ECDSA",
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _models(self, name: str, args: RegistryArgs) -> ModelPackageGroup:
        return ModelPackageGroup(
            f"{name}-models",
            model_package_group_name=f"{name}-models",
            model_package_group_description="Models of this platform, candidates and released ones.",
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )

    def _rights(
        self, name: str, args: RegistryArgs, profile: SigningProfile, group: ModelPackageGroup
    ) -> Iterator[pulumi.Resource]:
        """One policy for each workload that works with the registry. Nodes pull by `identity.py`."""
        place = args.place
        packages = [place.arn("sagemaker", f"model-package/{name}-models/*"), group.arn]
        for workload in {access.workload: None for access in table()}:
            if workload is Workload.NODES:
                continue
            statements = allowances(place, name, workload)
            if workload is Workload.SIGNER:
                statements.append(allow("Sign", SIGN, [profile.arn]))
            if workload in LISTS:
                statements.append(allow("List", LISTS[workload], packages))
            yield RolePolicy(
                f"{name}-registry-{workload}",
                name="registry",
                role=args.identities[workload].id,
                policy=policy(*statements),
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _settings(self, name: str, args: RegistryArgs, profile: SigningProfile) -> list[pulumi.Resource]:
        """What an account has once: Inspector for images, when they are scanned, and what signs them."""
        opts = pulumi.ResourceOptions(parent=self)
        inspector = Enabler(
            f"{name}-inspector", account_ids=[args.place.account], resource_types=["ECR"], opts=opts
        )
        scanning = RegistryScanningConfiguration(
            f"{name}-scanning",
            scan_type="ENHANCED",
            rules=[
                {
                    "scan_frequency": "CONTINUOUS_SCAN",
                    "repository_filters": [{"filter": "*", "filter_type": "WILDCARD"}],
                }
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[inspector]),
        )
        signing = CloudControlled(
            f"{name}-signing",
            type_name="AWS::ECR::SigningConfiguration",
            desired_state=pulumi.Output.json_dumps(
                {
                    "Rules": [
                        {
                            "SigningProfileArn": profile.arn,
                            "RepositoryFilters": [
                                {"Filter": f"{name}/{kind}/*", "FilterType": "WILDCARD_MATCH"}
                                for kind in SIGNED
                            ],
                        }
                    ]
                }
            ),
            opts=opts,
        )
        return [scanning, signing]


def _untagged() -> dict[str, Any]:
    return {
        "rulePriority": 1,
        "description": "What no tag names any more",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": UNTAGGED_DAYS,
        },
        "action": {"type": "expire"},
    }


def _prefix(
    name: str, args: RegistryArgs, kind: Repository, guards: list[pulumi.Resource]
) -> pulumi.Output[str]:
    return after(f"{args.place.registry}/{name}/{kind}/", *guards)
