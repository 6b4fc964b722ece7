"""Google Cloud through the real engine: what a person sees who runs such a program."""

from __future__ import annotations

import itertools

import pulumi
import pytest

from rehearsal.gcp.values import project_number
from rehearsal.session import Session
from tests.rehearsal.engine import PROJECT, Program, Stack, resource

NUMBER = project_number(PROJECT)
NETWORK = "gcp:compute/network:Network"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
BUCKET = "gcp:storage/bucket:Bucket"
RING = "gcp:kms/keyRing:KeyRing"
KEY = "gcp:kms/cryptoKey:CryptoKey"
GRANT = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
_numbers = itertools.count()


@pytest.fixture
def stack(rehearsal: Session) -> Stack:
    """A stack of its own; what it makes is named after it, since rings and bucket names stay taken."""
    return Stack(rehearsal, f"google-{next(_numbers)}")


def encrypted(stack: Stack, *, waits: bool) -> Program:
    """A bucket under a customer key, that waits for the agent's grant or does not."""

    def program() -> None:
        ring = resource(RING, "ring", {"location": "europe-west4", "name": stack.name})
        key = resource(KEY, "key", {"keyRing": ring.id, "name": "data", "rotationPeriod": "7776000s"})
        grant = resource(
            GRANT,
            "grant",
            {
                "cryptoKeyId": key.id,
                "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter",
                "member": f"serviceAccount:service-{NUMBER}@gs-project-accounts.iam.gserviceaccount.com",
            },
            # What a program without the dependency may meet: the grant comes last.
            opts=None if waits else pulumi.ResourceOptions(depends_on=[_bucket(key, None)]),
        )
        if waits:
            _bucket(key, grant)

    return program


def _bucket(key: pulumi.CustomResource, grant: pulumi.Resource | None) -> pulumi.CustomResource:
    inputs = {"location": "europe-west4", "encryption": {"defaultKmsKeyName": key.id}}
    opts = pulumi.ResourceOptions(depends_on=[grant] if grant else [])
    return resource(BUCKET, "data", inputs, opts)


def test_a_bucket_before_its_grant_is_refused_as_google_does(stack: Stack) -> None:
    assert stack.preview(encrypted(stack, waits=False)).returncode == 0, "no preview can tell"
    done = stack.up(encrypted(stack, waits=False))
    assert done.returncode != 0
    assert "Error 403: Permission denied on Cloud KMS key" in done.stdout
    assert f"service-{NUMBER}@gs-project-accounts" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_bucket_after_its_grant_is_made_and_a_second_up_changes_nothing(stack: Stack) -> None:
    assert stack.changes(encrypted(stack, waits=True))["created"] == 5
    assert stack.changes(encrypted(stack, waits=True)) == {}
    stack.destroy()
    left = [found for found in stack.session.record.find() if f"pulumi:{stack.name}::" in found.urn]
    assert {found.type for found in left} == {RING, KEY}
    assert all(found.kept for found in left), "rings and keys cannot be deleted"


def test_a_limit_is_refused_at_preview(stack: Stack) -> None:
    done = stack.preview(lambda: resource(NETWORK, "net", {"name": "My_Network"}))
    assert done.returncode != 0
    assert "resource 'net' has a problem: name:" in done.stdout
    assert "https://cloud.google.com/compute/docs/naming-resources" in done.stdout


def test_immutable_properties_replace_and_others_do_not(stack: Stack) -> None:
    def program(description: str, mtu: int) -> Program:
        inputs = {"autoCreateSubnetworks": False, "description": description, "mtu": mtu}
        return lambda: resource(NETWORK, "net", inputs)

    stack.changes(program("one", 1460))
    name = stack.state()["net"]["outputs"]["name"]
    assert stack.changes(program("one", 1500)) == {"updated": 1}
    assert stack.state()["net"]["outputs"]["name"] == name, "an automatic name stays with its object"
    assert stack.changes(program("two", 1500)) == {"replaced": 1}
    assert stack.state()["net"]["outputs"]["name"] != name
    stack.destroy()


def test_a_subnetworks_range_grows_in_place(stack: Stack) -> None:
    def program(block: str) -> Program:
        def build() -> None:
            network = resource(NETWORK, "net", {"autoCreateSubnetworks": False})
            resource(SUBNET, "sub", {"network": network.id, "ipCidrRange": block, "name": stack.name})

        return build

    stack.changes(program("10.0.0.0/24"))
    assert stack.changes(program("10.0.0.0/20")) == {"updated": 1}
    assert stack.changes(program("10.0.0.0/22")) == {"replaced": 1}
    stack.destroy()


def test_a_network_in_use_outlives_a_careless_destroy(stack: Stack) -> None:
    def network() -> None:
        resource(NETWORK, "net", {"name": stack.name, "autoCreateSubnetworks": False})

    def both() -> None:
        network()
        named = {"network": stack.name, "ipCidrRange": "10.0.0.0/24", "name": stack.name}
        resource(SUBNET, "sub", named, pulumi.ResourceOptions(retain_on_delete=True))

    stack.changes(network)
    stack.changes(both)
    done = stack.run(["destroy", "--yes", "--skip-preview", "--stack", stack.name])
    assert done.returncode != 0
    assert "it is in use by" in done.stdout


def test_a_grant_made_by_two_resources_is_one_grant(stack: Stack) -> None:
    def program() -> None:
        grant = {"project": PROJECT, "role": "roles/viewer", "member": "user:a@example.com"}
        resource("gcp:projects/iAMMember:IAMMember", "one", grant)
        resource("gcp:projects/iAMMember:IAMMember", "two", grant)

    stack.changes(program)
    assert stack.changes(program) == {}
    stack.destroy()
    assert stack.objects() == []
