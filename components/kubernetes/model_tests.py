"""Adversarial tests of models: a suite that asks candidates what an attacker would, on a schedule.

Builds a CronJob in `pipeline`, from phase advanced on: weekly at first, and in phase continuous every night,
so that no candidate waits for its release untested.

Guarantees: the suite runs as the pipeline, which may read outputs and add candidates, and cannot release;
pods are as `pods.py` makes them; runs never overlap, and their records stay.

Leaves out: the suite (image `model-tests`), which writes its report to the outputs store, and the release,
for which the signer reads that report.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_kubernetes.batch.v1._inputs import CronJobSpecArgs
from pulumi_kubernetes.batch.v1.CronJob import CronJob
from pydantic import BaseModel, ConfigDict

from components.contracts import Store, StoreName
from components.kubernetes import pods
from components.kubernetes.platform import Ready

NAMESPACE = "pipeline"
ACCOUNT = "pipeline"
WEEKLY, NIGHTLY = "0 3 * * 1", "0 3 * * *"


class ModelTestsArgs(BaseModel):
    """The cluster, where candidates and reports are, and how often tests run."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    ready: Ready
    stores: Mapping[StoreName, Store]
    nightly: bool


class ModelTests(pulumi.ComponentResource):
    """The schedule."""

    def __init__(self, name: str, args: ModelTestsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:ModelTests", name, None, opts)
        scope = args.ready.scope.within(name, self)
        settings = {
            "MODELS_URI": args.stores[StoreName.MODELS].uri,
            "OUTPUTS_URI": args.stores[StoreName.OUTPUTS].uri,
            "HOME": "/tmp",
        }
        pod = pods.pod(
            ACCOUNT,
            restart_policy="Never",
            containers=[
                pods.container(
                    "model-tests",
                    scope.software.image("model-tests"),
                    {"cpu": "4", "memory": "16Gi", "ephemeral-storage": "20Gi"},
                    env=pods.environment(settings),
                    volume_mounts=[pods.mount("tmp", "/tmp")],
                )
            ],
            volumes=[pods.scratch("tmp", "20Gi")],
        )
        metadata = scope.profile.cloud.template_metadata({"palisade/role": "model-tests"})
        template = {"metadata": metadata, "spec": pod}
        CronJob(
            scope.name("schedule"),
            metadata={"name": "model-tests", "namespace": NAMESPACE},
            spec=CronJobSpecArgs(**_schedule(template, nightly=args.nightly)),
            opts=scope.opts(*args.ready.guards[NAMESPACE]),
        )
        self.register_outputs({})


def _schedule(template: pods.Spec, *, nightly: bool) -> dict[str, Any]:
    return {
        "schedule": NIGHTLY if nightly else WEEKLY,
        "time_zone": "Etc/UTC",
        "concurrency_policy": "Forbid",
        "starting_deadline_seconds": 3600,
        "successful_jobs_history_limit": 5,
        "failed_jobs_history_limit": 5,
        "job_template": {
            "spec": {
                "backoff_limit": 1,
                "active_deadline_seconds": 6 * 3600,
                "template": template,
            }
        },
    }
