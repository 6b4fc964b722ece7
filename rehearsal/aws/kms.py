"""The key service: its data source, and policies that would lock everybody out of a key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from rehearsal.aws import statements
from rehearsal.aws.describe import Arguments, Place
from rehearsal.model import Record, Refusal
from rehearsal.public_keys import public_key

_KEY = "aws:kms/key:Key"
_ASYMMETRIC = ("RSA_", "ECC_")
_SIGNS = {
    "ECC_NIST_P256": ["ECDSA_SHA_256"],
    "ECC_NIST_P384": ["ECDSA_SHA_384"],
    "ECC_NIST_P521": ["ECDSA_SHA_512"],
}

_LOCKOUT = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"


def lockout(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """A key policy lets somebody of an account write the next one, or nobody ever could."""
    text = inputs.get("policy")
    if not isinstance(text, str) or inputs.get("bypassPolicyLockoutSafetyCheck") is True:
        return
    try:
        found = statements.statements(json.loads(text))
    except ValueError:
        return
    if found and not any(_writes_policies(each) for each in found):
        problem = "nobody may write the next policy of the key"
        yield Refusal("policy", problem, "allow kms:* to the account's root", _LOCKOUT)


def _writes_policies(statement: Mapping[str, Any]) -> bool:
    who: Any = statement.get("Principal")
    named = who == "*" or (isinstance(who, dict) and "AWS" in who)
    actions = [str(action).lower() for action in statements.items(statement.get("Action"))]
    allowed = any(fnmatchcase("kms:putkeypolicy", action) for action in actions)
    return statement.get("Effect") == "Allow" and named and (allowed or "NotAction" in statement)


def key_material(args: Arguments, _place: Place, record: Record) -> dict[str, Any]:
    """The public half of a key of this record, asked for by its id or ARN."""
    asked = str(args["keyId"])
    key = next((each for each in record.find(_KEY) if asked in (each.id, each.outputs.get("arn"))), None)
    if key is None:
        raise Refusal("keyId", f"NotFoundException: Key '{asked}' does not exist", "create the key first")
    spec = str(key.outputs.get("customerMasterKeySpec") or "SYMMETRIC_DEFAULT")
    if not spec.startswith(_ASYMMETRIC):
        raise Refusal(
            "keyId",
            f"UnsupportedOperationException: {key.outputs['arn']} key spec is {spec}",
            "ask for an asymmetric key",
        )
    pem = public_key(str(key.outputs["arn"]), spec)
    return {
        **args,
        "id": key.outputs["arn"],
        "arn": key.outputs["arn"],
        "customerMasterKeySpec": spec,
        "encryptionAlgorithms": [],
        "keyUsage": key.outputs.get("keyUsage"),
        "publicKey": "".join(pem.splitlines()[1:-1]),
        "publicKeyPem": pem,
        "signingAlgorithms": _SIGNS.get(spec, []),
    }
