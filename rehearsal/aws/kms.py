"""Data sources of the key service."""

from __future__ import annotations

from typing import Any

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
