"""Weights of models: copied out of the store, verified there where nobody else can write, mounted read-only.

Guarantees: no server and no trainer starts with weights whose signature does not hold under our key; what was
verified is what is read, because the copy belongs to the pod alone; verifying asks nobody on the internet.

Leaves out: making and signing weights (docs/mirror.md). The image `weights` has one command line:
`weights fetch --from URI --to DIRECTORY --key FILE`, which copies everything below URI by the pod's own
cloud identity, verifies it as `model_signing verify key` does, and ends with status 86 when it does not hold.
"""

from __future__ import annotations

import pulumi
from pulumi_kubernetes.core.v1.ConfigMap import ConfigMap

from components.kubernetes.pods import MODELS, Spec, container, mount
from components.kubernetes.scope import Scope

KEY_VOLUME = "signing-key"
WEIGHTS_VOLUME = "weights"
KEY_FILE = "/var/run/signing/key.pem"
# The status of a copy whose signature does not hold. A job fails at once on it, and is not tried again.
TAMPERED = 86


def signing_key(
    scope: Scope, namespace: str, public_key: pulumi.Output[str], *after: pulumi.Resource
) -> ConfigMap:
    """The public key, where the pods of a namespace can mount it."""
    return ConfigMap(
        scope.name(f"{namespace}-signing-key"),
        metadata={"name": KEY_VOLUME, "namespace": namespace},
        data={"key.pem": public_key},
        immutable=True,
        opts=scope.opts(*after),
    )


def fetch(image: pulumi.Output[str], store: pulumi.Output[str], model: str) -> Spec:
    """The container that runs before everything else and leaves verified weights behind."""
    source = store.apply(lambda uri: f"{uri.rstrip('/')}/released/{model}/")
    return container(
        "weights",
        image,
        {"cpu": "4", "memory": "8Gi", "ephemeral-storage": "10Gi"},
        args=["fetch", "--from", source, "--to", MODELS, "--key", KEY_FILE],
        volume_mounts=[
            mount(WEIGHTS_VOLUME, MODELS),
            mount(KEY_VOLUME, "/var/run/signing", read_only=True),
            mount("tmp", "/tmp"),
        ],
    )


def key_volume() -> Spec:
    return {"name": KEY_VOLUME, "config_map": {"name": KEY_VOLUME}}
