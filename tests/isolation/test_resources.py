"""States, previews and plans as plain resources; references by value and by dependencies."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from isolation.exports import Unreadable, parse, read
from isolation.resources import UNKNOWN, Graph, Resource

NETWORK = "urn:pulumi:dev::p::gcp:compute/network:Network::net"
SUBNET = "urn:pulumi:dev::p::gcp:compute/subnetwork:Subnetwork::sub"
VPC, NET = "gcp:compute/network:Network", "projects/p/global/networks/net"


def record(network: str, **outputs: Any) -> list[dict[str, Any]]:
    return [
        {"urn": NETWORK, "type": VPC, "inputs": {"name": "net"}, "id": NET if outputs else ""},
        {
            "urn": SUBNET,
            "type": "gcp:compute/subnetwork:Subnetwork",
            "inputs": {"__defaults": [], "network": network, "ipCidrRange": "10.0.0.0/24"},
            "outputs": outputs,
            "propertyDependencies": {"network": [NETWORK]},
        },
    ]


STATE: dict[str, Any] = {
    "deployment": {"manifest": {}, "resources": record(f"https://x/v1/{NET}", stackType="IPV4_ONLY")}
}
PREVIEW: dict[str, Any] = {"steps": [{"op": "create", "newState": each} for each in record(UNKNOWN)]}
PLAN: dict[str, Any] = {
    "resourcePlans": {
        each["urn"]: {
            "goal": {
                "type": each["type"],
                "inputDiff": {"adds": each["inputs"]},
                "propertyDependencies": each.get("propertyDependencies", {}),
            },
            "steps": ["create"],
            "state": {"stackType": UNKNOWN},
        }
        for each in record(UNKNOWN)
    }
}


@pytest.mark.parametrize("document", [STATE, PREVIEW, PLAN], ids=["state", "preview", "plan"])
def test_a_reference_is_found_in_each_form(document: dict[str, Any]) -> None:
    graph = parse(document)
    subnet = graph.by_urn[SUBNET]
    found = graph.refer(subnet, subnet.at("network"), VPC).one
    assert found is graph.by_urn[NETWORK]
    assert subnet.at("ipCidrRange").text() == "10.0.0.0/24"
    assert subnet.at("stackType").text("default") == ("IPV4_ONLY" if document is STATE else "default")
    assert subnet.at("__defaults").missing


def test_what_a_preview_deletes_is_not_there() -> None:
    gone = {"steps": [{"op": "delete", "oldState": record("net")[0]}]}
    assert not parse(gone).resources


def test_secrets_are_read_in_plain_text_and_unknown_when_encrypted() -> None:
    mark = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    resource = Resource.of(
        "urn::a", "t", {"a": {**mark, "plaintext": '"x"'}, "b": {**mark, "ciphertext": "y"}}
    )
    assert resource.at("a").text() == "x"
    assert resource.at("b").unknown


def test_a_list_of_references_is_certain_when_the_dependencies_are_as_many() -> None:
    tags = [Resource.of(f"urn::tag{n}", "tag", {}, id_=f"tagValues/{n}") for n in (1, 2)]
    for listed, expected in (
        ([UNKNOWN, UNKNOWN], True),
        ([UNKNOWN, "tagValues/1"], True),
        ([UNKNOWN], False),
    ):
        rule = Resource.of(
            "urn::rule",
            "rule",
            {"tags": [{"name": each} for each in listed]},
            references={"tags": ["urn::tag1", "urn::tag2"]},
        )
        found = Graph([*tags, rule]).refer_all(rule, rule.at("tags"), "tag", step="name")
        assert found.certain is expected
        assert {one.urn for one in found.resources} == {"urn::tag1", "urn::tag2"}


def test_a_reference_without_dependencies_is_not_certain() -> None:
    rule = Resource.of("urn::rule", "rule", {"tag": UNKNOWN})
    assert not Graph([rule]).refer(rule, rule.at("tag"), "tag").certain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ('{"a":' * 3000, "no JSON"),
        ('{"a": 1}', "neither"),
        ('{"deployment": {"resources": [{"type": "t"}]}}', "no urn"),
    ],
)
def test_what_is_no_state_ends_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(text)
    with pytest.raises(Unreadable, match=said) as refusal:
        read(file)
    assert str(file) in str(refusal.value)
    with pytest.raises(Unreadable):
        read(tmp_path / "none.json")


def test_warnings_before_the_json_are_skipped(tmp_path: Path) -> None:
    file = tmp_path / "preview.json"
    file.write_text("warning: a new version\n" + json.dumps(PREVIEW))
    assert len(read(file).resources) == 2


def test_a_preview_that_hides_what_does_not_change_is_refused() -> None:
    hidden = {**PREVIEW, "changeSummary": {"create": 2, "same": 3}}
    with pytest.raises(Unreadable, match="leaves out 3 resources"):
        parse(hidden)
    new, old = record("net")[0], record("net", x=1)[0]
    same = {"op": "same", "newState": new, "oldState": old}
    kept = parse({"steps": [same], "changeSummary": {"same": 1}}).resources
    assert [one.id for one in kept] == [NET], "what stays keeps its id"


def test_a_known_id_is_resolved_by_references_where_ids_are_kept_apart() -> None:
    """A policy pack sees outputs, and a resource's id is none."""

    def subnet(name: str, id_: str = "") -> Resource:
        return Resource.of(f"urn:pulumi:s::p::t:m:Subnet::{name}", "t:m:Subnet", {}, id_=id_)

    def refers(*candidates: Resource, ids: list[str]) -> tuple[list[str], str, bool]:
        urns = [one.urn for one in candidates]
        user = Resource.of("urn:pulumi:s::p::t:m:User::u", "t:m:User", {"at": ids}, references={"at": urns})
        found = Graph([*candidates, user]).refer_all(user, user.at("at"), "t:m:Subnet")
        return [one.name for one in found.resources], found.text, found.certain

    assert refers(subnet("a"), subnet("b"), ids=["subnet-1", "subnet-2"]) == (["a", "b"], "", True)
    assert refers(subnet("a", "subnet-9"), ids=["subnet-1"]) == ([], "subnet-1", True), "it is another one"
    assert not refers(subnet("a"), ids=["subnet-1", "subnet-2"])[2], "one of them is not in the stack"
    one = subnet("a")
    user = Resource.of("urn:u::User::u", "t:m:User", {"at": "subnet-1"}, references={"at": [one.urn]})
    assert Graph([one, user]).refer(user, user.at("at"), "t:m:Subnet").one is one


def test_a_backends_state_file_says_what_the_export_says(tmp_path: Path) -> None:
    records = [step["newState"] for step in PREVIEW["steps"]]
    exported: dict[str, Any] = {"version": 3, "deployment": {"manifest": {}, "resources": records}}
    kept: dict[str, Any] = {"version": 3, "checkpoint": {"stack": "s", "latest": exported["deployment"]}}
    file, packed = tmp_path / "s.json", tmp_path / "s.json.gz"
    file.write_text(json.dumps(kept))
    packed.write_bytes(gzip.compress(file.read_bytes()))
    wanted = {one.urn: one.properties for one in parse(exported).resources}
    assert wanted
    for one in (file, packed):
        assert {each.urn: each.properties for each in read(one).resources} == wanted
    empty = {"version": 3, "checkpoint": {"stack": "s", "latest": None}}
    with pytest.raises(Unreadable, match=r"checkpoint\.latest"):
        parse(empty)
    packed.write_bytes(packed.read_bytes()[:20])
    with pytest.raises(Unreadable, match="it is no text"):
        read(packed)
