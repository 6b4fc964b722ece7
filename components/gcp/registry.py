"""The registry: the only place that software and packed models come from, and what may run at all.

Builds repositories for images, charts and models, the grants of `registry_access.yaml` on each, and what
Binary Authorization asks before every pod: a note, an attestor that trusts exactly one version of the signing
key, the signer's rights on both, and the project's policy.

Guarantees: the customer's key; tags that never move, so that a digest is all a tag can mean; scanning of what
is pushed; nothing is deleted but what no tag names any more. No digest runs without an attestation under our
key, in any cluster of the project; who pushes cannot sign. The policy lists no exempted image: Google's own
list of system images, which GKE needs to start, is evaluated by Google (`global_policy_evaluation_mode`).
The handle resolves once the policy blocks.

Leaves out: copying, scanning results and signing, which are a pipeline's work (docs/mirror.md). A project has
one policy: with `writes_image_policy` false another stack writes it, and must name this stack's attestor. On
destruction Google's default comes back, which allows everything; by then no cluster is left.
Sources: cloud.google.com/binary-authorization/docs/key-concepts,
cloud.google.com/artifact-registry/docs/repositories/create-repos.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_gcp.artifactregistry.repository import Repository as ArtifactRepository
from pulumi_gcp.artifactregistry.repository_iam_member import RepositoryIamMember
from pulumi_gcp.binaryauthorization.attestor import Attestor
from pulumi_gcp.binaryauthorization.attestor_iam_member import AttestorIamMember
from pulumi_gcp.binaryauthorization.policy import Policy
from pulumi_gcp.containeranalysis.note import Note
from pulumi_gcp.containeranalysis.note_iam_member import NoteIamMember
from pydantic import BaseModel, ConfigDict, Field

from components import contracts
from components.contracts import Identity, Key, SigningKey, Workload
from components.gcp.grants import not_public
from components.ready import after
from components.registry_access import Access, Repository, table
from components.store_access import Right

ROLE_OF = {Right.READ: "roles/artifactregistry.reader", Right.ADD: "roles/artifactregistry.writer"}
# What a signer needs to attest, besides the key.
# Source: cloud.google.com/binary-authorization/docs/creating-attestors-cli.
NOTE_ROLE = "roles/containeranalysis.notes.attacher"
ATTESTOR_ROLE = "roles/binaryauthorization.attestorsViewer"


class RegistryArgs(BaseModel):
    """Where the registry lives, its key, whose signature counts, and who works with it.

    `protected` keeps repositories from deletion. With `writes_image_policy` false, another stack of the
    project writes the one policy.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    region: str
    key: Key
    signing: SigningKey
    identities: Mapping[Workload, Identity]
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True
    writes_image_policy: bool = True


class Registry(pulumi.ComponentResource):
    """`handle` for whoever runs software, `attestor` for whoever signs it (its full name)."""

    handle: contracts.Registry
    attestor: pulumi.Output[str]

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Registry", name, None, opts)
        repositories = {each: self._repository(name, args, each) for each in Repository}
        attestor = self._attestor(name, args)
        guards: list[pulumi.Resource] = [
            self._grant(name, args, repositories[each.repository], each) for each in table()
        ]
        if args.writes_image_policy:
            guards.append(self._policy(name, args, attestor))

        prefixes = {each: _prefix(name, args, each, guards) for each in Repository}
        self.handle = contracts.Registry(
            name=after(repositories[Repository.IMAGES].name, *guards),
            images=prefixes[Repository.IMAGES],
            charts=prefixes[Repository.CHARTS],
            models=prefixes[Repository.MODELS],
        )
        self.attestor = attestor.id
        self.register_outputs({"images": self.handle.images})

    def _repository(self, name: str, args: RegistryArgs, what: Repository) -> ArtifactRepository:
        return ArtifactRepository(
            f"{name}-{what}",
            repository_id=f"{name}-{what}",
            project=args.project,
            location=args.region,
            description=f"{what} of {name}; tags never move, and nothing is pulled from elsewhere.",
            format="DOCKER",
            kms_key_name=args.key.id,
            docker_config={"immutable_tags": True},
            vulnerability_scanning_config={"enablement_config": "INHERITED"},
            # With immutable tags, what has no tag is all that may go.
            cleanup_policies=[
                {
                    "id": "untagged",
                    "action": "DELETE",
                    "condition": {"tag_state": "UNTAGGED", "older_than": "2592000s"},
                }
            ],
            labels={**args.labels, "repository": what.value},
            deletion_policy="PREVENT" if args.protected else "DELETE",
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )

    def _grant(
        self, name: str, args: RegistryArgs, repository: ArtifactRepository, access: Access
    ) -> RepositoryIamMember:
        return RepositoryIamMember(
            f"{name}-{access.repository}-{access.workload}-{access.right}",
            project=args.project,
            location=args.region,
            repository=repository.name,
            role=ROLE_OF[access.right],
            member=args.identities[access.workload].principal.apply(not_public),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _attestor(self, name: str, args: RegistryArgs) -> Attestor:
        note = Note(
            f"{name}-tested",
            name=f"{name}-tested",
            project=args.project,
            attestation_authority={"hint": {"human_readable_name": "Tested, scanned and released"}},
            opts=pulumi.ResourceOptions(parent=self),
        )
        attestor = Attestor(
            f"{name}-tested",
            name=f"{name}-tested",
            project=args.project,
            description="Attests images that passed their tests and scans.",
            attestation_authority_note={
                "note_reference": note.name,
                "public_keys": [
                    {
                        "id": pulumi.Output.concat("//cloudkms.googleapis.com/v1/", args.signing.version_id),
                        "pkix_public_key": {
                            "public_key_pem": args.signing.public_key,
                            "signature_algorithm": "EC_SIGN_P256_SHA256",
                        },
                    }
                ],
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        signer = args.identities[Workload.SIGNER].principal
        NoteIamMember(
            f"{name}-tested-signer",
            project=args.project,
            note=note.name,
            role=NOTE_ROLE,
            member=signer.apply(not_public),
            opts=pulumi.ResourceOptions(parent=self),
        )
        AttestorIamMember(
            f"{name}-tested-signer",
            project=args.project,
            attestor=attestor.name,
            role=ATTESTOR_ROLE,
            member=signer.apply(not_public),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return attestor

    def _policy(self, name: str, args: RegistryArgs, attestor: Attestor) -> Policy:
        return Policy(
            f"{name}-images",
            project=args.project,
            description="Only what our attestor signed runs; see components/gcp/registry.py.",
            global_policy_evaluation_mode="ENABLE",
            default_admission_rule={
                "evaluation_mode": "REQUIRE_ATTESTATION",
                "enforcement_mode": "ENFORCED_BLOCK_AND_AUDIT_LOG",
                "require_attestations_bies": [attestor.name],
            },
            opts=pulumi.ResourceOptions(parent=self),
        )


def _prefix(
    name: str, args: RegistryArgs, what: Repository, guards: list[pulumi.Resource]
) -> pulumi.Output[str]:
    return after(f"{args.region}-docker.pkg.dev/{args.project}/{name}-{what}/", *guards)
