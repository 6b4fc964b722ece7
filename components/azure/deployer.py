"""The deployer: a container inside the operations segment, which fills clusters that nobody outside reaches.

Builds a container group that runs once and ends, and what the deployer's identity may do besides acting in
clusters (`cluster_access.py`): use the state and the program that the team's container holds, and the key
that the state's secrets are encrypted with. Whoever may start the group deploys: `az container start`. While
there is no program, it ends at once.

Guarantees: it reaches private endpoints and API servers and nothing else; it has no right on what Azure
holds, so that whoever starts it gains no more than the clusters; nothing runs privileged; its tools come from
the registry, by digest, pulled as its own identity; what it writes to disk is under the customer's key.

Leaves out: the first `up`, which somebody outside makes with `fill_clusters: false`, the container of
programs and state (docs/state.md), and its contents. The engine asks nothing of Azure's API where nothing of
Azure's changes, and nothing does from here.
Sources: learn.microsoft.com/azure/container-instances/container-instances-vnet, and beside it
using-azure-container-registry-mi, container-instances-encrypt-data.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_azure_native.containerinstance import _inputs as inputs
from pulumi_azure_native.containerinstance._enums import ResourceIdentityType
from pulumi_azure_native.containerinstance.container_group import ContainerGroup
from pydantic import BaseModel, ConfigDict, Field

from components.azure.grants import Granted, grant, settled
from components.azure.identity import Actor
from components.azure.keys import Seal
from components.azure.place import Place

# What a subnet is handed to where container groups stand in it, and nothing else does.
SERVICE = "Microsoft.ContainerInstance/containerGroups"


class State(BaseModel):
    """The team's program and state: a container of blobs, and the key of the state's secrets, by id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    container: str
    key: str

    @property
    def account_id(self) -> str:
        return self.container.partition("/blobServices/")[0]

    @property
    def vault_id(self) -> str:
        return self.key.partition("/keys/")[0]

    @property
    def place(self) -> tuple[str, str]:
        """The account's and the container's names."""
        return self.account_id.rpartition("/")[2], self.container.rpartition("/")[2]


class DeployerArgs(BaseModel):
    """Who it acts as, where it runs, from which image, and where its program and state are.

    `subnet` is the operations segment's, handed to container groups. `seal` encrypts its disk.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    subnet: pulumi.Output[str]
    actor: Actor
    image: pulumi.Output[str]
    state: State
    seal: Seal
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Deployer(pulumi.ComponentResource):
    """`group` is the name of the container group that fills the clusters."""

    group: pulumi.Output[str]

    def __init__(self, name: str, args: DeployerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Deployer", name, None, opts)
        needed = {
            "state": Granted("storage-blob-data-contributor", args.actor.principal, args.state.container),
            "secrets": Granted("key-vault-crypto-user", args.actor.principal, args.state.key),
        }
        grants = [grant(f"{name}-{what}", args.place, each, self) for what, each in needed.items()]
        acts = settled(args.actor.id, *grants)
        made = ContainerGroup(
            name,
            resource_group_name=args.place.group,
            container_group_name=name,
            location=args.place.location,
            os_type="Linux",
            sku="Standard",
            restart_policy="Never",
            identity=inputs.ContainerGroupIdentityArgs(
                type=ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[acts]
            ),
            image_registry_credentials=[
                inputs.ImageRegistryCredentialArgs(
                    server=args.image.apply(lambda image: image.partition("/")[0]), identity=acts
                )
            ],
            subnet_ids=[inputs.ContainerGroupSubnetIdArgs(id=args.subnet)],
            encryption_properties=_encryption(args.seal),
            containers=[_container(args)],
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.group = made.name
        self.register_outputs({"group": made.name})


def _encryption(seal: Seal) -> inputs.EncryptionPropertiesArgs:
    """The service follows no newer version by itself."""
    return inputs.EncryptionPropertiesArgs(
        vault_base_url=seal.vault_uri,
        key_name=seal.name,
        key_version=seal.version.apply(lambda uri: uri.rpartition("/")[2]),
        identity=seal.actor.id,
    )


def _container(args: DeployerArgs) -> inputs.ContainerArgs:
    environment = {
        "AZCOPY_AUTO_LOGIN_TYPE": "MSI",
        "ARM_USE_MSI": "true",
        "ARM_SUBSCRIPTION_ID": args.place.subscription,
        "ARM_TENANT_ID": args.place.tenant,
    }
    clients = ("AZURE_CLIENT_ID", "AZCOPY_MSI_CLIENT_ID", "ARM_CLIENT_ID")
    return inputs.ContainerArgs(
        name="deployer",
        image=args.image,
        command=["/bin/sh", "-c", _steps(args.state)],
        environment_variables=[
            *(inputs.EnvironmentVariableArgs(name=key, value=value) for key, value in environment.items()),
            *(inputs.EnvironmentVariableArgs(name=key, value=args.actor.client) for key in clients),
        ],
        resources=inputs.ResourceRequirementsArgs(
            requests=inputs.ResourceRequestsArgs(cpu=2, memory_in_gb=8)
        ),
        security_context=inputs.SecurityContextDefinitionArgs(
            privileged=False,
            allow_privilege_escalation=False,
            run_as_user=2000,
            run_as_group=2000,
            capabilities=inputs.SecurityContextCapabilitiesDefinitionArgs(drop=["ALL"]),
        ),
    )


def _steps(state: State) -> str:
    """What a run does. The image has the engine, this project's packages and the logins of clusters."""
    account, container = state.place
    stack = pulumi.get_stack()
    program = f"https://{account}.blob.core.windows.net/{container}/programs/{stack}.zip"
    run = f"pulumi up --stack {stack} --yes --non-interactive --policy-pack policies"
    return "\n".join(
        [
            "set -eu",
            'cd "$(mktemp -d)"',
            f"azcopy copy '{program}' program.zip || {{ echo 'there is no program yet'; exit 0; }}",
            "unzip -q program.zip",
            f"pulumi login 'azblob://{container}?storage_account={account}'",
            run,
        ]
    )
