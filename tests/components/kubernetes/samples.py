"""What the tests of a cluster's components are built from: one profile, one registry, one ground."""

from __future__ import annotations

from typing import Any

import pulumi

from components.contracts import Registry, Store, StoreName
from components.kubernetes.image_lists import Releaser
from components.kubernetes.model_server import KeyStore, ModelServerArgs
from components.kubernetes.platform import Account, Platform, PlatformArgs, Ready
from components.kubernetes.profile import Profile, defaults
from components.kubernetes.software import Software, catalogue
from components.kubernetes.tenants import Role
from components.kubernetes.training_job import TrainingJobArgs

NAME = "palisade-test"
PREFIX = "europe-west4-docker.pkg.dev/acme-ai-test/palisade-test"
NODES = {"palisade/pool": "gpu", "palisade/accelerator": "l4"}
SCREEN_HOST = "modelarmor.europe-west4.rep.googleapis.com"
SCREEN_TEMPLATE = "projects/p/locations/europe-west4/templates/t"


def text(value: str) -> pulumi.Output[str]:
    return pulumi.Output.from_input(value)


def profile() -> Profile:
    return Profile(
        cloud=defaults("gcp"),
        private_apis=("199.36.153.4/30", "10.64.200.0/21"),
        api_server=("10.64.128.0/20",),
        load_balancers=("35.191.0.0/16", "130.211.0.0/22"),
        identity_annotation="iam.gke.io/gcp-service-account",
    )


def software() -> Software:
    registry = Registry(
        text("images"), text(f"{PREFIX}-images/"), text(f"{PREFIX}-charts/"), text(f"{PREFIX}-models/")
    )
    # Digests of a stack's own, so that nothing here depends on examples.
    everything = catalogue().artifacts
    return Software(registry, {name: artifact.digest for name, artifact in everything.items()})


def stores() -> dict[StoreName, Store]:
    return {each: Store(each, text(f"acme-{each}"), text(f"gs://acme-{each}")) for each in StoreName}


def platform_args(role: Role = Role.INFERENCE, **changes: Any) -> PlatformArgs:
    accounts = {Role.TRAINING: ("training", "trainer"), Role.INFERENCE: ("inference", "inference")}
    namespace, name = accounts[role]
    account = Account(namespace=namespace, name=name, cloud_identity=text(f"{name}@acme-ai-test"))
    given: dict[str, Any] = {
        "role": role,
        "profile": profile(),
        "software": software(),
        "trust_domain": "test.acme.example",
        "accounts": (account,),
        "gpus": 8,
        "administrators": ("deployer@acme-ai-test",),
        "releasers": (Releaser(kind="User", name="signer@acme-ai-test"),),
    }
    return PlatformArgs(**{**given, **changes})


def ground(role: Role) -> Ready:
    """A cluster's ground, inside a running program."""
    return Platform(f"{NAME}-{role}", platform_args(role)).ready


def job_args(ready: Ready, queue: pulumi.Resource, **changes: Any) -> TrainingJobArgs:
    given: dict[str, Any] = {
        "ready": ready,
        "queue": queue,
        "stores": stores(),
        "public_key": text("-----BEGIN PUBLIC KEY-----"),
        "base_model": "acme/base-7b",
        "workers": 2,
        "gpus_per_worker": 8,
        "memory_gib": 64,
        "node_labels": NODES,
        "gradient_noise": 1.1,
    }
    return TrainingJobArgs(**{**given, **changes})


def server_args(ready: Ready, autoscaler: pulumi.Resource, **changes: Any) -> ModelServerArgs:
    given: dict[str, Any] = {
        "ready": ready,
        "autoscaler": autoscaler,
        "models": stores()[StoreName.MODELS],
        "public_key": text("-----BEGIN PUBLIC KEY-----"),
        "model": "acme/support-7b",
        "gpus": 1,
        "memory_gib": 64,
        "min_replicas": 2,
        "max_replicas": 4,
        "body_bytes": 32768,
        "max_tokens": 2048,
        "tokens_per_minute": 100_000,
        "node_labels": NODES,
        "service_annotations": {"cloud.google.com/neg": "{}"},
        "callers": ("batch",),
        "keys": KeyStore("driver.example.com", "gke", "secrets-store.csi.x-k8s.io/v1", {"secrets": "[]"}),
        "screen_host": text(SCREEN_HOST),
        "screen_template": text(SCREEN_TEMPLATE),
    }
    return ModelServerArgs(**{**given, **changes})
