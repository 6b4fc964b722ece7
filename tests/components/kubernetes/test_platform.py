"""The ground of a cluster: exact objects, only a tenant's flows open, admission in force."""

from __future__ import annotations

import re
from functools import cache
from ipaddress import ip_network

import pytest
from pulumi_kubernetes.core.v1.ConfigMap import ConfigMap
from pydantic import ValidationError

from components.kubernetes.admission import On, Where, binding_spec, policy_spec, table
from components.kubernetes.image_lists import RELEASED
from components.kubernetes.network_policies import flows
from components.kubernetes.platform import Platform
from components.kubernetes.software import Software, catalogue
from components.kubernetes.tenants import Allow, Role, tenants, tenants_of
from tests.components.kubernetes.samples import NAME, platform_args, profile, software, text
from tests.components.recorder import Made, build, differences, value


@cache
def made_by(role: Role) -> tuple[Made, ...]:
    return tuple(build(lambda: Platform(NAME, platform_args(role))))


def of(made: tuple[Made, ...], kind: str) -> list[Made]:
    return [each for each in made if each.type.rpartition(":")[2] == kind]


@pytest.mark.parametrize("role", Role)
def test_inventory(role: Role) -> None:
    assert differences(list(made_by(role)), f"platform-{role}") == []


@pytest.mark.parametrize("role", Role)
def test_every_namespace_is_closed_counted_and_without_a_token(role: Role) -> None:
    made = made_by(role)
    for name in tenants_of(role):
        inside = [each for each in made if value(each, "metadata.namespace") == name]
        assert {"NetworkPolicy", "ResourceQuota", "LimitRange", "ServiceAccountPatch"} <= {
            each.type.rpartition(":")[2] for each in inside
        }
        (deny,) = [
            each
            for each in of(made, "NetworkPolicy")
            if value(each, "metadata.namespace") == name and value(each, "metadata.name") == "default-deny"
        ]
        assert value(deny, "spec") == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_only_the_guard_may_see_the_node() -> None:
    assert {name for name, tenant in tenants().items() if tenant.level == "privileged"} == {"guard"}
    assert not tenants()["guard"].allows
    assert {name for name, tenant in tenants().items() if tenant.gpus} == {"training", "inference"}


def test_no_flow_is_open_to_everywhere() -> None:
    for allow, rule in flows(profile()).items():
        for direction, ends in (("ingress", "from_"), ("egress", "to")):
            for opened in rule.get(direction, []):
                assert opened[ends], allow
                for peer in opened[ends]:
                    if block := peer.get("ip_block"):
                        assert ip_network(block["cidr"]).prefixlen >= 16


def test_collectives_stay_among_the_pods_of_jobs() -> None:
    rule = flows(profile())[Allow.COLLECTIVES]
    same = {"match_labels": {"palisade/role": "trainer"}}
    assert rule["pod_selector"] == same
    assert rule["ingress"] == [{"from_": [{"pod_selector": same}]}]
    assert rule["egress"] == [{"to": [{"pod_selector": same}]}]


@pytest.mark.parametrize("role", Role)
def test_whatever_runs_waits_for_everything_that_guards_its_namespace(role: Role) -> None:
    def program() -> None:
        ready = Platform(NAME, platform_args(role)).ready
        for name in tenants_of(role):
            ConfigMap(f"user-{name}", metadata={"namespace": ready.namespace(name)}, data={})

    made = tuple(build(program))
    bindings = {each.urn for each in of(made, "ValidatingAdmissionPolicyBinding")}
    for name in tenants_of(role):
        user = next(each for each in made if each.name == f"user-{name}")
        policies = {
            each.urn for each in of(made, "NetworkPolicy") if value(each, "metadata.namespace") == name
        }
        assert bindings | policies <= set(user.property_dependencies["metadata"])


# Admission.

WORDS = {"AUDIENCES": (), "ADMINISTRATORS": ("a",), "RELEASERS": (), "RELEASED": ("b",)}


def test_every_policy_denies_and_fails_closed() -> None:
    for name, policy in table().items():
        for judged in policy.on:
            spec = policy_spec(policy, judged, WORDS)
            assert spec["failure_policy"] == "Fail", name
            assert not re.search(r"\[[A-Z]+\]", str(spec)), "a word was not filled in"
        bound = binding_spec(name, policy, profile())
        assert bound["validation_actions"] == ["Deny"]
        if policy.reads:
            assert bound["param_ref"]["parameter_not_found_action"] == "Deny"


def test_only_the_clouds_own_namespaces_are_left_out_and_by_name() -> None:
    for policy in table().values():
        (others,) = binding_spec("p", policy, profile())["match_resources"]["namespace_selector"][
            "match_expressions"
        ]
        assert others["operator"] == "NotIn"
        assert set(others["values"]) == set(profile().cloud.managed)
    assert not set(profile().cloud.managed) & set(tenants())


def test_pods_and_what_makes_them_are_held_to_the_same() -> None:
    for name, policy in table().items():
        if On.PODS in policy.on and policy.where is Where.WORKLOADS:
            assert On.TEMPLATES in policy.on, name


@pytest.mark.parametrize("role", Role)
def test_a_new_cluster_starts_with_an_empty_list(role: Role) -> None:
    made = made_by(role)
    (policy,) = [
        each for each in of(made, "ValidatingAdmissionPolicy") if each.name == f"{NAME}-released-pods"
    ]
    (judged,) = value(policy, "spec.validations")
    for artifact in catalogue().images.values():
        assert artifact.digest.removeprefix("sha256:") in judged["expression"]
    (released,) = [each for each in of(made, "ConfigMap") if each.name == f"{NAME}-released"]
    assert "data" not in released.inputs


def test_templates_are_not_held_to_digests_that_the_same_update_releases() -> None:
    assert table()["released"].on == (On.PODS,)


def test_who_releases_changes_one_list_and_makes_none() -> None:
    (role,) = of(made_by(Role.TRAINING), "Role")
    (rule,) = value(role, "rules")
    assert rule["resourceNames"] == [RELEASED]
    assert set(rule["verbs"]) == {"get", "patch", "update"}
    assert not of(tuple(build(lambda: Platform(NAME, platform_args(releasers=())))), "Role")


def test_a_platform_without_administrators_is_refused() -> None:
    with pytest.raises(ValidationError, match="administrators"):
        platform_args(administrators=())


# Software.


def test_an_example_digest_never_reaches_a_real_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = [name for name, each in catalogue().images.items() if each.example]
    assert examples, "the test would prove nothing"

    def program() -> None:
        stack = Software(software().registry)
        monkeypatch.delenv("PULUMI_DEBUG_PROVIDERS", raising=False)
        with pytest.raises(ValueError, match=f"palisade:software.{examples[0]}"):
            stack.image(examples[0])
        monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "kubernetes:1")
        stack.image(examples[0])

    build(program)


def test_an_example_digest_is_never_released_on_a_real_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"vllm": "sha256:" + 64 * "0"}

    def program() -> None:
        stack = Software(software().registry, own)
        monkeypatch.delenv("PULUMI_DEBUG_PROVIDERS", raising=False)
        known = {each.digest for each in catalogue().images.values() if not each.example}
        assert {f"sha256:{digits}" for digits in stack.released()} == known | {own["vllm"]}
        monkeypatch.setenv("PULUMI_DEBUG_PROVIDERS", "kubernetes:1")
        assert len(stack.released()) == len({each.digest for each in catalogue().images.values()})

    build(program)


def test_a_digest_for_unknown_software_is_refused() -> None:
    def program() -> None:
        with pytest.raises(ValueError, match=r"software\.vlm: there is no such software"):
            Software(software().registry, {"vlm": "sha256:" + 64 * "0"})

    build(program)


def test_an_image_and_a_chart_of_one_name_have_digests_of_their_own() -> None:
    shared = {*catalogue().images} & {*catalogue().charts}
    assert shared, "the test would prove nothing"
    seen: list[str] = []

    def program() -> None:
        name = min(shared)
        own = {name: "sha256:" + 64 * "1", f"charts/{name}": "sha256:" + 64 * "2"}
        stack = Software(software().registry, own)
        stack.image(name).apply(seen.append)
        stack.chart(name).reference.apply(seen.append)

    build(program)
    assert [each[-1] for each in sorted(seen)] == ["1", "2"]


def test_references_name_the_registry_and_a_digest() -> None:
    seen: list[str] = []

    def program() -> None:
        stack = software()
        stack.image("vllm").apply(seen.append)
        stack.chart("keda").reference.apply(seen.append)
        text(stack.tag("falco")).apply(seen.append)

    build(program)
    assert sorted(re.sub(r"[a-f0-9]{64}$", "…", each) for each in seen) == [
        "0.44.1@sha256:…",
        "europe-west4-docker.pkg.dev/acme-ai-test/palisade-test-images/vllm@sha256:…",
        "oci://europe-west4-docker.pkg.dev/acme-ai-test/palisade-test-charts/keda@sha256:…",
    ]
