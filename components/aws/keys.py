"""Keys the enterprise holds: one per purpose for encryption, and one that signs.

Builds a KMS key and an alias per `Purpose`, an asymmetric signing key, and their policies: each key is used
by exactly the workloads of its stores (`store_access.yaml`) and the services of `keys.yaml`.

Guarantees: the account's administrators care for keys and cannot use them, since the key's policy names
every user; no principal is `*` without a condition that names this account and the calling service; rotation
every 90 days; 30 days between a key's deletion and its loss; no deletion unless the stack is being torn down.

Leaves out: external key stores and imported material. A policy can be changed by whoever administers keys;
that is a change that alarms (`audit`). The private authority's key is the certificate service's own, which
takes none of ours. KMS keys are always held in hardware, in development too.
Sources: docs.aws.amazon.com/kms/latest/developerguide/key-policies.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi_aws.kms.alias import Alias
from pulumi_aws.kms.get_public_key import get_public_key_output
from pulumi_aws.kms.key import Key as KmsKey
from pydantic import BaseModel, ConfigDict, Field

from components.aws.documents import ANYONE, allow, policy
from components.aws.place import Place
from components.contracts import Identity, Key, Purpose, SigningKey, Workload
from components.ready import after
from components.store_access import PURPOSE_OF, Right
from components.store_access import table as store_table

ROTATION_DAYS = 90
DELETION_DAYS = 30
# A multipart upload reads back what it wrote.
# Source: docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html.
ACTIONS_OF = {Right.READ: ("kms:Decrypt",), Right.ADD: ("kms:Decrypt", "kms:GenerateDataKey")}
SIGN = ("kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify")


class KeysArgs(BaseModel):
    """Where the keys live and who uses them. `protected` is False only while a stack is torn down."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    identities: Mapping[Workload, Identity]
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class Keys(pulumi.ComponentResource):
    """`handles` by purpose for whatever encrypts, whose `id` is the key's ARN; `signing` for releases."""

    handles: Mapping[Purpose, Key]
    signing: SigningKey

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Keys", name, None, opts)
        self.handles = {purpose: self._key(name, args, purpose) for purpose in Purpose}
        self.signing = self._signing_key(name, args)
        self.register_outputs({"keys": {purpose.value: key.id for purpose, key in self.handles.items()}})

    def _key(self, name: str, args: KeysArgs, purpose: Purpose) -> Key:
        users = [*_workloads(args, purpose), *_services(args.place, purpose)]
        key = KmsKey(
            f"{name}-{purpose}",
            description=f"{name}: {purpose}",
            enable_key_rotation=True,
            rotation_period_in_days=ROTATION_DAYS,
            deletion_window_in_days=DELETION_DAYS,
            policy=policy(_administration(args.place), *users),
            tags={**args.labels, "purpose": purpose.value},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        return Key(purpose=purpose, id=after(key.arn, self._alias(name, purpose.value, key)))

    def _signing_key(self, name: str, args: KeysArgs) -> SigningKey:
        signer = {"AWS": args.identities[Workload.SIGNER].principal}
        key = KmsKey(
            f"{name}-signing",
            description=f"{name}: signs releases",
            # No rotation: the service refuses it on an asymmetric key, whose verifiers pin its public half.
            customer_master_key_spec="ECC_NIST_P256",
            key_usage="SIGN_VERIFY",
            deletion_window_in_days=DELETION_DAYS,
            policy=policy(_administration(args.place), allow("Signer", SIGN, ["*"], to=signer)),
            tags={**args.labels, "purpose": "signing"},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        alias = self._alias(name, "signing", key)
        public = get_public_key_output(key_id=key.arn, opts=pulumi.InvokeOutputOptions(parent=self))
        return SigningKey(
            id=after(key.arn, alias),
            version_id=after(key.arn, alias),
            public_key=after(public.public_key_pem, alias),
        )

    def _alias(self, name: str, what: str, key: KmsKey) -> Alias:
        return Alias(
            f"{name}-{what}",
            name=f"alias/{name}-{what}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _administration(place: Place) -> dict[str, Any]:
    return allow("Administration", _data()["administers"], ["*"], to={"AWS": place.root})


def _workloads(args: KeysArgs, purpose: Purpose) -> Iterator[dict[str, Any]]:
    """One statement for each workload that reads or adds what this key protects, through S3 only."""
    actions: dict[Workload, set[str]] = {}
    for access in store_table():
        if PURPOSE_OF[access.store] is purpose:
            actions.setdefault(access.workload, set()).update(ACTIONS_OF[access.right])
    for workload, allowed in actions.items():
        yield allow(
            workload.value.capitalize(),
            sorted(allowed),
            ["*"],
            to={"AWS": args.identities[workload].principal},
            when={"StringEquals": {"kms:ViaService": _service(args.place, "s3")}},
        )


def _services(place: Place, purpose: Purpose) -> Iterator[dict[str, Any]]:
    """The statements of keys.yaml for this purpose."""
    for user in _data()["users"].get(purpose.value, []):
        actions = ["kms:CreateGrant"] if user.get("grants") else user["actions"]
        to, when = _via(place, user["via"]) if "via" in user else _for(place, user)
        if user.get("grants"):
            when["Bool"] = {"kms:GrantIsForAWSResource": "true"}
        yield allow(user["sid"], actions, ["*"], to=to, when=when)


def _via(place: Place, service: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Whoever of this account asks the service, which then asks the key."""
    own = {"kms:CallerAccount": place.account, "kms:ViaService": _service(place, service)}
    return {"AWS": ANYONE}, {"StringEquals": own}


def _for(place: Place, user: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """The service itself, for this account's resources only."""
    service = {"Service": _filled(place, user["for"])}
    if "context" in user:
        context = {
            f"kms:EncryptionContext:{key}": _filled(place, value) for key, value in user["context"].items()
        }
        return service, {"ArnLike": context}
    return service, {"StringEquals": {"aws:SourceAccount": place.account}}


def _service(place: Place, service: str) -> str:
    return f"{service}.{place.region}.amazonaws.com"


def _filled(place: Place, text: str) -> str:
    return text.format(partition=place.partition, region=place.region, account=place.account)


@cache
def _data() -> Mapping[str, Any]:
    return yaml.safe_load(Path(__file__).with_name("keys.yaml").read_text(encoding="utf-8"))
