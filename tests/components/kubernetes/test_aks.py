"""What is particular about clusters of Azure: whom pods act as, and where they ask for it."""

from __future__ import annotations

from typing import Any

import pulumi

from components.accounts import TRAINING_ACCOUNTS
from components.kubernetes.managed_identities import ManagedIdentities, ManagedIdentitiesArgs
from components.kubernetes.network_policies import flows
from components.kubernetes.platform import Platform
from components.kubernetes.profile import Profile, defaults
from components.kubernetes.queueing import Queueing, QueueingArgs
from components.kubernetes.tenants import Allow, Role
from components.kubernetes.training_job import TrainingJob
from tests.components.kubernetes.samples import NAME, job_args, platform_args, text
from tests.components.recorder import Made, build, value

API_SERVER, DATA, EDGE = "10.64.128.0/20", "10.64.200.0/21", "10.64.192.0/21"
PROFILE = Profile(
    cloud=defaults("azure"),
    private_apis=(DATA,),
    api_server=(API_SERVER,),
    load_balancers=(EDGE,),
    identity_annotation="azure.workload.identity/client-id",
)


def platform(role: Role, **changes: Any) -> Platform:
    return Platform(f"{NAME}-{role}", platform_args(role, profile=PROFILE, **changes))


def of(made: list[Made], kind: str) -> list[Made]:
    return [each for each in made if each.type.endswith(f":{kind}")]


def test_tokens_come_from_beside_the_api_server_and_nowhere_else() -> None:
    (rule,) = flows(PROFILE)[Allow.CREDENTIALS]["egress"]
    assert [end["ip_block"]["cidr"] for end in rule["to"]] == [API_SERVER]
    assert [port["port"] for port in rule["ports"]] == [443]


def test_one_account_acts_as_one_identity() -> None:
    def program() -> None:
        clients = {workload: text(f"{workload}-client") for workload in TRAINING_ACCOUNTS}
        ready = platform(Role.TRAINING).ready
        args = ManagedIdentitiesArgs(ready=ready, accounts=TRAINING_ACCOUNTS, clients=clients)
        ManagedIdentities(f"{NAME}-identities", args)

    made = [each for each in build(program) if each.name.startswith(f"{NAME}-identities-")]
    roles = {value(each, "metadata.name"): value(each, "rules") for each in of(made, "ClusterRole")}
    assert roles == {
        f"palisade-acts-as-{workload}": [
            {
                "apiGroups": ["cid.wi.aks.azure.com"],
                "resources": [f"{workload}-client"],
                "verbs": ["use-managed-identity"],
            }
        ]
        for workload in TRAINING_ACCOUNTS
    }
    for each in of(made, "ClusterRoleBinding"):
        (subject,) = value(each, "subjects")
        workload = value(each, "roleRef.name").removeprefix("palisade-acts-as-")
        account = next(own for name, own in TRAINING_ACCOUNTS.items() if name == workload)
        assert (subject["namespace"], subject["name"]) == (account.namespace, account.name)


def test_pods_that_act_are_marked_and_tolerate_spot_nodes() -> None:
    def program() -> None:
        ready = platform(Role.TRAINING).ready
        labels = {"palisade/pool": "gpu"}
        queue = Queueing(
            f"{NAME}-queue", QueueingArgs(ready=ready, gpus=8, cpus=8, memory_gib=8, node_labels=labels)
        )
        TrainingJob(f"{NAME}-job", job_args(ready, queue.queue))

    (job,) = of(build(program), "Job")
    template = value(job, "spec.template")
    assert template["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    assert template["metadata"]["annotations"]["azure.workload.identity/use-identity-binding"] == "true"
    tolerated = {each["key"] for each in template["spec"]["tolerations"]}
    assert tolerated == {"nvidia.com/gpu", "kubernetes.azure.com/scalesetpriority"}


def test_administrators_may_be_known_by_ids_that_are_computed() -> None:
    def policies(
        administrators: tuple[str | pulumi.Output[str], ...], *, preview: bool = False
    ) -> list[Made]:
        made = build(lambda: platform(Role.TRAINING, administrators=administrators), preview=preview)
        return of(made, "ValidatingAdmissionPolicy")

    known, computed = policies(("deployer",)), policies((text("deployer"),))
    assert [each.inputs for each in computed] == [each.inputs for each in known]
    assert any("'deployer'" in str(each.inputs) for each in computed)
    assert not any("ADMINISTRATORS" in str(each.inputs) for each in computed)
