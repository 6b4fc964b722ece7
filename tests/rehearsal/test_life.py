"""The life of resources on the real engine: each step as a provider of the real cloud would report it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi

from rehearsal.session import Session
from tests.rehearsal.engine import BUCKET, NETWORK, PROJECT, SUBNET, Program, Stack, resource


def _buckets(label: str = "1", location: str = "EU") -> Program:
    def program() -> None:
        stays = resource(BUCKET, "stays", {"location": "EU", "labels": {"n": label}})
        fixed = {"name": "rehearsed-fixed-name", "location": location}
        resource(BUCKET, "fixed", fixed, pulumi.ResourceOptions(depends_on=[stays]))
        resource(BUCKET, "automatic", {"location": location})

    return program


def test_a_stack_goes_up_stays_changes_and_goes(rehearsal: Session) -> None:
    stack = Stack(rehearsal, "life")
    assert stack.changes(_buckets()) == {"created": 4}
    assert stack.changes(_buckets()) == {}
    before = stack.state()
    assert stack.changes(_buckets("2", "US")) == {"updated": 1, "replaced": 2}
    after = stack.state()
    assert after["stays"]["id"] == before["stays"]["id"]
    assert after["automatic"]["id"] != before["automatic"]["id"]
    held = {found.id: found.inputs for found in rehearsal.record.find(BUCKET) if ":life::" in found.urn}
    assert held.keys() == {after[name]["id"] for name in ("stays", "fixed", "automatic")}
    assert held[after["fixed"]["id"]]["location"] == "US"
    stack.destroy()
    assert stack.objects() == []
    # What has a fixed name goes before its replacement comes; what has an automatic one may overlap.
    assert _events(stack, "fixed") == ["created", "deleted", "created", "deleted"]
    assert _events(stack, "automatic") == ["created", "created", "deleted", "deleted"]


def _events(stack: Stack, name: str) -> list[str]:
    return [event.kind for event in stack.session.record.events(urn=stack.urn(BUCKET, name))]


def test_the_same_object_cannot_be_made_twice(rehearsal: Session) -> None:
    stack = Stack(rehearsal, "twice")

    def program() -> None:
        first = resource(NETWORK, "first", {"name": "the-same"})
        resource(NETWORK, "second", {"name": "the-same"}, pulumi.ResourceOptions(depends_on=[first]))

    done = stack.up(program)
    assert done.returncode != 0
    assert "second (gcp:compute/network:Network): googleapi: Error 409" in done.stdout
    assert f"it was created for {stack.urn(NETWORK, 'first')}" in done.stdout
    assert stack.objects() == ["first"]


def test_what_changed_or_vanished_in_the_cloud_is_seen_by_refresh_and_put_right(rehearsal: Session) -> None:
    stack = Stack(rehearsal, "drift")
    stack.up(_two_networks)
    found = {
        item.urn.rsplit("::", 1)[-1]: item for item in rehearsal.record.find(NETWORK) if ":drift:" in item.urn
    }
    drifted = {"routingMode": "GLOBAL"}
    changed = found["changed"]
    rehearsal.record.update(
        replace(changed, inputs={**changed.inputs, **drifted}, outputs={**changed.outputs, **drifted})
    )
    rehearsal.record.delete(found["vanished"])
    stack.refresh()
    assert stack.state()["changed"]["outputs"]["routingMode"] == "GLOBAL"
    assert "vanished" not in stack.state()
    assert stack.changes(_two_networks) == {"created": 1, "updated": 1}


def _two_networks() -> None:
    for name in ("changed", "vanished"):
        resource(NETWORK, name, {"routingMode": "REGIONAL"})


def test_what_exists_can_be_imported_read_and_then_managed(rehearsal: Session) -> None:
    inputs = {"name": "brought", "autoCreateSubnetworks": False}
    maker, taker = Stack(rehearsal, "maker"), Stack(rehearsal, "taker")
    maker.up(lambda: resource(NETWORK, "net", inputs))
    id = f"projects/{PROJECT}/global/networks/brought"

    def program() -> None:
        resource(NETWORK, "mine", inputs, pulumi.ResourceOptions(import_=id))
        theirs = resource(NETWORK, "theirs", {}, pulumi.ResourceOptions(id=id))
        pulumi.export("link", theirs.output("selfLink"))

    assert taker.changes(program)["imported"] == 1
    assert taker.outputs()["link"].endswith("/global/networks/brought")
    taker.destroy()
    assert rehearsal.record.get(NETWORK, id) is None


def test_reading_what_is_not_there_is_said(rehearsal: Session) -> None:
    id = f"projects/{PROJECT}/global/networks/nowhere"
    done = Stack(rehearsal, "nowhere").preview(
        lambda: resource(NETWORK, "net", {}, pulumi.ResourceOptions(id=id))
    )
    assert done.returncode != 0
    assert f"'{id}' does not exist" in done.stdout


def test_resource_options_work_as_with_a_real_provider(rehearsal: Session) -> None:
    stack = Stack(rehearsal, "options")

    def program(label: str) -> Program:
        inputs: dict[str, Any] = {"location": "EU", "labels": {"n": label}}
        options = {
            "ignores": pulumi.ResourceOptions(ignore_changes=["labels"]),
            "replaces": pulumi.ResourceOptions(replace_on_changes=["labels"]),
            "deletes": pulumi.ResourceOptions(replace_on_changes=["labels.n"], delete_before_replace=True),
        }
        return lambda: [resource(BUCKET, name, inputs, opts) for name, opts in options.items()]

    stack.up(program("1"))
    assert stack.changes(program("2")) == {"replaced": 2}
    assert _events(stack, "deletes") == ["created", "deleted", "created"]


def test_each_provider_instance_keeps_its_own_configuration(rehearsal: Session) -> None:
    stack = Stack(rehearsal, "providers")
    projects = ("project-one", "project-two", "project-three")

    def program() -> None:
        for project in projects:
            provider = pulumi.ProviderResource("gcp", project, {"project": project})
            net = resource(
                NETWORK, f"net-{project}", {"name": "same"}, pulumi.ResourceOptions(provider=provider)
            )
            pulumi.export(project, net.id)

    stack.up(program)
    assert stack.outputs() == {project: f"projects/{project}/global/networks/same" for project in projects}


def test_a_computed_output_is_unknown_in_a_preview_and_a_given_one_is_not(rehearsal: Session) -> None:
    stack = Stack(rehearsal, "preview")

    def program() -> None:
        net = resource(NETWORK, "net")
        subnet = {"network": net.id, "ipCidrRange": "10.0.0.0/20", "region": "europe-west4"}
        resource(SUBNET, "subnet", subnet)
        pulumi.export("computed", net.output("selfLink"))
        pulumi.export("given", resource(BUCKET, "bucket", {"location": "EU"}).output("location"))

    planned = stack.preview(program).stdout
    assert "computed: [unknown]" in planned
    assert 'given   : "EU"' in planned
    assert rehearsal.record.events(urn=stack.urn(NETWORK, "net")) == []


def test_secrets_stay_secret_in_state_output_and_messages(rehearsal: Session) -> None:
    stack = Stack(rehearsal, "secrets")

    def program(age: str) -> Program:
        labels = {"token": "hushhush"}
        rule = {"action": {"type": "Delete"}, "condition": {"age": age}}

        def bucket() -> None:
            inputs = {"location": "EU", "labels": labels, "lifecycleRules": [rule]}
            resource(BUCKET, "bucket", {key: pulumi.Output.secret(value) for key, value in inputs.items()})

        return bucket

    assert stack.up(program("30")).returncode == 0
    assert "hushhush" not in repr(stack.state())
    assert stack.changes(program("30")) == {}
    refused = stack.preview(program("hush-hush"))
    assert refused.returncode != 0
    assert 'lifecycleRules[0].condition.age: the string "[secret]" stands where' in refused.stdout
    assert "hush-hush" not in refused.stdout


def test_files_and_archives_are_inputs_like_others(rehearsal: Session) -> None:
    stack = Stack(rehearsal, "assets")
    (stack.folder / "page.html").write_text("first")

    def program() -> None:
        inputs = {"bucket": "pages", "name": "page", "source": pulumi.FileAsset("page.html")}
        resource("gcp:storage/bucketObject:BucketObject", "page", inputs)
        archive = pulumi.AssetArchive({"a": pulumi.StringAsset("text"), "b": pulumi.FileAsset("page.html")})
        resource("gcp:storage/bucketObject:BucketObject", "all", {**inputs, "name": "all", "source": archive})

    assert stack.changes(program) == {"created": 3}
    assert stack.changes(program) == {}
    (stack.folder / "page.html").write_text("second")
    changed = stack.changes(program)
    assert sum(changed.values()) == 2 and not changed.keys() - {"updated", "replaced"}
