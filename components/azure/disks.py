"""How disks are encrypted: a set that names the customer's key for every disk that it is given.

Builds one disk encryption set for the stack, which clusters name.

Guarantees: disks follow the key as it rotates; the set reads the key as the identity of that key and no
other; its id resolves once that identity may.

Leaves out: temporary disks and caches, which machines encrypt on their host (`nodepools.py`).
Source: learn.microsoft.com/azure/virtual-machines/disk-encryption.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_azure_native.compute._inputs import EncryptionSetIdentityArgs, KeyForDiskEncryptionSetArgs
from pulumi_azure_native.compute.disk_encryption_set import DiskEncryptionSet
from pydantic import BaseModel, ConfigDict, Field

from components.azure.place import Place
from components.ready import after

SET = "Microsoft.Compute/diskEncryptionSets"


class DisksArgs(BaseModel):
    """The key by the URL of a version, and the identity (its id) that may encrypt with it.

    Azure asks for a version even where it follows the newest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    key_version: pulumi.Output[str]
    reader: pulumi.Output[str]
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Disks(pulumi.ComponentResource):
    """`id` is what a cluster's disks are encrypted by."""

    id: pulumi.Output[str]

    def __init__(self, name: str, args: DisksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Disks", name, None, opts)
        own = f"{name}-disks"
        made = DiskEncryptionSet(
            own,
            resource_group_name=args.place.group,
            disk_encryption_set_name=own,
            location=args.place.location,
            encryption_type="EncryptionAtRestWithCustomerKey",
            identity=EncryptionSetIdentityArgs(type="UserAssigned", user_assigned_identities=[args.reader]),
            active_key=KeyForDiskEncryptionSetArgs(key_url=args.key_version),
            rotation_to_latest_key_version_enabled=True,
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.id = after(args.place.id(SET, own), made)
        self.register_outputs({"id": self.id})
