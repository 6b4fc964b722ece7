"""A package that is nothing but a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rehearsal import knowledge
from rehearsal.model import UNKNOWN, Context, Existing, Refusal, Resource
from rehearsal.record import CloudRecord, RealmView
from rehearsal.tables import TablePackage

NETWORK, SUBNET = "cloud:net/network:Network", "cloud:net/subnet:Subnet"
TABLE = """
package:
  config_defaults: {region: here}
  config_limits: [{path: project, required: true, source: doc}]
  config_replaces: [project]
  defaults_marker: __defaults
  already_exists: "{id} is taken"
  open_types: ["cloud:custom/*"]
every:
  id: "{context.project}/{inputs.name}"
  immutable: [name]
  auto_name: {max_length: 12}
patterns:
  - {match: "cloud:net/*", outputs: {link: "https://cloud/{id}"}, immutable: [zone]}
types:
  "cloud:net/network:Network":
    mutable: [zone]
    defaults: {mode: "auto", nested.value: 1, undeclared: x}
    planned: [mode]
    outputs: {number: "{seed:number:5}", mode: "{inputs.mode}", both: "{outputs.link}#{outputs.number}"}
    guesses: [{match: "Ip$", value: "{seed:ipv4:10.0.0.0/8}"}]
    unique: ["{inputs.name}@{inputs.zone}"]
    protected_by: [{when: {protection: true}, problem: it is protected, remedy: set protection to false}]
    in_use_by: [{type: "cloud:net/subnet:Subnet", path: network}]
    final: [{when: {locked: true}, paths: [locked], problem: it is locked, remedy: leave it, source: here}]
    kept_by: [{policy: ABANDON}]
  "cloud:net/subnet:Subnet":
    auto_name: null
    must_exist: [{path: network, type: "cloud:net/network:Network"}]
functions:
  "cloud:net/getThing:getThing":
    outputs: {answer: "{args.question|upper}", number: "{seed:number:4}"}
  "cloud:net/findNetwork:findNetwork":
    finds: "cloud:net/network:Network"
    by: {name: "{args.name}"}
    outputs: {extra: "{found.name}!"}
    absent: "no network {args.name}"
"""


@pytest.fixture
def package(tmp_path: Path) -> TablePackage:
    (tmp_path / "cloud.yaml").write_text(TABLE)
    return TablePackage(tmp_path, "cloud")


@pytest.fixture
def record(tmp_path: Path) -> CloudRecord:
    return CloudRecord(tmp_path / "record" / "record.sqlite")


def _resource(inputs: dict[str, Any], type: str = NETWORK, **more: Any) -> Resource:
    names = frozenset({"name", "mode", "nested", "zone", "network"})
    context = Context("cloud", {"project": "p"})
    return Resource(f"urn:x::{type}::main", type, "main", inputs, context, input_names=names, **more)


def _view(record: CloudRecord) -> RealmView:
    return RealmView(record, lambda type: "")


def test_configuration(package: TablePackage) -> None:
    assert package.configure({"project": "p"}).inputs == {"project": "p", "region": "here"}
    assert len(package.configure({}).refusals) == 1
    assert package.config_replaces({"project": "p"}, {"project": "q"}) == ["project"]
    assert package.accepts("cloud:custom/x:Y") and not package.accepts("cloud:net/x:Y")


def test_check_fills_the_name_and_the_defaults_and_notes_them(
    package: TablePackage, record: CloudRecord
) -> None:
    first = package.check(_resource({}), None, _view(record)).inputs
    assert first["name"].startswith("main-") and len(first["name"]) == 12
    assert first["mode"] == "auto" and first["nested"] == {"value": 1} and "undeclared" not in first
    assert first["__defaults"] == ["mode", "name"]
    again = package.check(_resource({}, generation=1), first, _view(record)).inputs
    assert again["name"] == first["name"]
    fresh = package.check(_resource({}, generation=1), None, _view(record)).inputs
    assert fresh["name"] != first["name"]
    own = package.check(_resource({"name": "own"}), first, _view(record)).inputs
    assert own["name"] == "own" and "name" not in own["__defaults"]
    proposed = package.check(_resource({}, proposed_name="asked"), None, _view(record)).inputs
    assert proposed["name"] == "asked"


def test_only_a_fixed_name_needs_the_old_object_gone(package: TablePackage) -> None:
    old: dict[str, Any] = {"name": "own", "__defaults": []}
    assert package.delete_before_replace(_resource({"name": "own", "__defaults": []}), old)
    assert not package.delete_before_replace(_resource({"name": "new", "__defaults": []}), old)
    assert not package.delete_before_replace(_resource({"name": "own", "__defaults": ["name"]}), old)


def test_knowledge_adds_up(package: TablePackage) -> None:
    assert package.immutable(NETWORK) == {"name"}
    assert package.immutable(SUBNET) == {"name", "zone"}
    resource = _resource({"name": "n", "mode": "auto"})
    id = package.identify(resource)
    assert id == "p/n"
    outputs = package.outputs(resource, id)
    assert outputs["link"] == "https://cloud/p/n"
    assert outputs["both"] == f"https://cloud/p/n#{outputs['number']}"
    planned = package.outputs(_resource({"name": "n", "mode": "auto"}, preview=True), "")
    assert planned == {"link": UNKNOWN, "number": UNKNOWN, "mode": "auto", "both": UNKNOWN}
    assert str(package.guess(resource, id, "interface.publicIp", "string")).startswith("10.")
    assert package.guess(resource, id, "interface.publicIp", "integer") is None
    assert package.unique(_resource({"name": "n", "zone": "z"}), id) == ["n@z"]
    assert package.unique(resource, id) == []


def test_what_the_cloud_refuses(package: TablePackage, record: CloudRecord) -> None:
    subnet = _resource({"name": "s", "network": "p/n"}, SUBNET)
    refusal = package.refuse_create(subnet, "p/s", _view(record))
    assert refusal and refusal.sentence() == 'network: "p/n" does not exist; create it first'
    network = Existing(NETWORK, "p/n", "urn:n", {"name": "n"}, {"link": "https://cloud/p/n"})
    record.create(network)
    assert package.refuse_create(subnet, "p/s", _view(record)) is None
    assert package.refuse_delete(network, _view(record)) is None
    record.create(Existing(SUBNET, "p/s", "urn:s", {"network": "p/n"}, {}))
    in_use = package.refuse_delete(network, _view(record))
    assert in_use and "it is in use by p/s" in in_use.problem
    protected = package.refuse_delete(Existing(NETWORK, "x", "", {"protection": True}, {}), _view(record))
    assert protected and protected.sentence() == "it is protected; set protection to false"
    locked = Existing(NETWORK, "x", "", {"locked": True}, {})
    final = package.refuse_update(locked, {"locked": False})
    assert final and final.sentence().startswith("locked: it is locked; leave it")
    assert package.refuse_update(locked, {"locked": True, "mode": "custom"}) is None
    assert package.refuse_update(network, {"locked": True}) is None
    assert package.keeps(Existing(NETWORK, "x", "", {"policy": "ABANDON"}, {}))
    assert not package.keeps(network)


def test_functions(package: TablePackage, record: CloudRecord) -> None:
    context, view = Context("cloud", {}), _view(record)
    asked = package.invoke("cloud:net/getThing:getThing", {"question": "who"}, context, view)
    assert asked["answer"] == "WHO" and len(asked["number"]) == 4
    assert asked == package.invoke("cloud:net/getThing:getThing", {"question": "who"}, context, view)
    with pytest.raises(Refusal, match="no network n"):
        package.invoke("cloud:net/findNetwork:findNetwork", {"name": "n"}, context, view)
    record.create(Existing(NETWORK, "p/n", "urn:n", {"name": "n"}, {"name": "n"}))
    found = package.invoke("cloud:net/findNetwork:findNetwork", {"name": "n"}, context, view)
    assert found == {"name": "n", "id": "p/n", "extra": "n!"}
    # Not in the table: found by the name of what it reads.
    assert package.invoke("cloud:net/getNetwork:getNetwork", {"name": "n"}, context, view)["id"] == "p/n"
    with pytest.raises(Refusal, match="does not know what getWeather answers"):
        package.invoke("cloud:net/getWeather:getWeather", {}, context, view)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("types: {a: {immutables: [x]}}", "cloud.yaml: a: 'immutables' is not a key here; there are adopts"),
        ("type: {}", "'type' is not a key here"),
        ("every: {limits: [{path: x, maxi: 1, source: s}]}", "every: limits: 'maxi' is not a key here"),
        ("every: {limits: [{path: x, max: 1}]}", "needs a path and a source"),
    ],
)
def test_a_mistake_in_a_table_names_file_and_key(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "cloud.yaml").write_text(text)
    with pytest.raises(ValueError, match=words):
        knowledge.load(tmp_path)
