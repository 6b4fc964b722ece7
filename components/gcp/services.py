"""The Google APIs this platform calls, enabled before anything that calls them.

Guarantees: every API is on before the first component needs it, and destroying the stack turns none off,
because other stacks of the project may use it.

Two must be on before the first preview, because previews ask the project for its number and every call is
counted against the project: `cloudresourcemanager` and `serviceusage`.

Leaves out: APIs that only one workload needs; whoever adds the workload adds its API to `services.yaml`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pulumi
import yaml
from pulumi_gcp.projects.service import Service
from pydantic import BaseModel, ConfigDict


class ServicesArgs(BaseModel):
    """The project (id) whose APIs are enabled."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: str


@cache
def api_names() -> tuple[str, ...]:
    """The APIs of `services.yaml`."""
    text = Path(__file__).with_name("services.yaml").read_text(encoding="utf-8")
    return tuple(yaml.safe_load(text)["services"])


class Services(pulumi.ComponentResource):
    """The enabled APIs. Other components depend on it as a whole."""

    def __init__(self, name: str, args: ServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Services", name, None, opts)
        for api in api_names():
            Service(
                f"{name}-{api.removesuffix('.googleapis.com')}",
                project=args.project,
                service=api,
                disable_on_destroy=False,
                disable_dependent_services=False,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
