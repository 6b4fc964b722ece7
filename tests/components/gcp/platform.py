"""What the tests of keys, identities and stores are built from: one project, one name, one set of answers."""

from __future__ import annotations

from typing import Any

import pulumi

from components.contracts import Cluster, Identity, Key, Purpose, Workload
from components.gcp.keys import KeysArgs
from components.gcp.storage import StoresArgs
from tests.components.recorder import PROJECT_NUMBER

PROJECT = "acme-ai-test"
REGION = "europe-west4"
NAME = "palisade-test"

# What Google answers to the questions these components ask.
ANSWERS = {
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": {
        "member": f"serviceAccount:service-{PROJECT_NUMBER}@gs-project-accounts.iam.gserviceaccount.com"
    },
    "gcp:logging/getProjectCmekSettings:getProjectCmekSettings": {
        "serviceAccountId": f"cmek-p{PROJECT_NUMBER}@gcp-sa-logging.iam.gserviceaccount.com"
    },
    "gcp:organizations/getProject:getProject": {"number": PROJECT_NUMBER},
    "gcp:kms/getKMSCryptoKeyVersion:getKMSCryptoKeyVersion": {
        "name": "keyRings/palisade-test/cryptoKeys/signing/cryptoKeyVersions/1",
        "publicKeys": [{"algorithm": "EC_SIGN_P256_SHA256", "pem": "-----BEGIN PUBLIC KEY-----"}],
    },
}


def identity(workload: Workload) -> Identity:
    """A workload's identity, brought from elsewhere."""
    email = f"{workload}@{PROJECT}.iam.gserviceaccount.com"
    return Identity(
        workload, pulumi.Output.from_input(email), pulumi.Output.from_input(f"serviceAccount:{email}")
    )


def key(purpose: Purpose) -> Key:
    """A key, brought from elsewhere."""
    return Key(purpose, pulumi.Output.from_input(f"keyRings/brought/cryptoKeys/{purpose}"))


def cluster() -> Cluster:
    """A cluster, brought from elsewhere."""
    text = pulumi.Output.from_input("brought")
    return Cluster(name=text, id=text, kubeconfig=text)


def keys_args(**changes: Any) -> KeysArgs:
    """Production keys, with changes."""
    args: dict[str, Any] = {
        "project": PROJECT,
        "region": REGION,
        "production": True,
        "signer": identity(Workload.SIGNER),
        "labels": {"platform": "palisade"},
    }
    return KeysArgs(**{**args, **changes})


def stores_args(**changes: Any) -> StoresArgs:
    """Production stores with personal data, with changes."""
    args: dict[str, Any] = {
        "project": PROJECT,
        "region": REGION,
        "production": True,
        "sensitive": True,
        "retention_days": 14,
        "soft_delete_days": 7,
        "log_days": 2192,
        "keys": {purpose: key(purpose) for purpose in Purpose},
        "identities": {workload: identity(workload) for workload in Workload},
        "labels": {"platform": "palisade"},
    }
    return StoresArgs(**{**args, **changes})
