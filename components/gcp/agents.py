"""Google's service agents: the accounts as which services encrypt with our keys.

Finds each agent of `agents.yaml` by the way written there, made where it does not exist yet.

Leaves out: what an agent may do with a key; `keys.py` grants that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

import pulumi
import yaml
from pulumi_gcp.logging.get_project_cmek_settings import get_project_cmek_settings_output
from pulumi_gcp.organizations.get_project import get_project_output
from pulumi_gcp.projects.service_identity import ServiceIdentity
from pulumi_gcp.storage.get_project_service_account import get_project_service_account_output
from pydantic import BaseModel, ConfigDict

from components.contracts import Purpose


class Found(StrEnum):
    """How an agent becomes known."""

    IDENTITY = "identity"
    STORAGE = "storage"
    LOGGING = "logging"
    COMPUTE = "compute"


class Agent(BaseModel):
    """One service's agent: how it is found, and the keys it encrypts with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    found: Found
    keys: tuple[Purpose, ...]


@cache
def table() -> Mapping[str, Agent]:
    """`agents.yaml`, by service."""
    text = Path(__file__).with_name("agents.yaml").read_text(encoding="utf-8")
    return {service: Agent.model_validate(entry) for service, entry in yaml.safe_load(text)["agents"].items()}


def users_of(purpose: Purpose) -> Iterator[str]:
    """The services whose agents encrypt with the key of a purpose."""
    return (service for service, agent in table().items() if purpose in agent.keys)


def members(name: str, project: str, parent: pulumi.Resource) -> Mapping[str, pulumi.Output[str]]:
    """Each service's agent as the member of a grant (`serviceAccount:…`).

    Google is asked during previews too, so that rules see who gets a key: the APIs of Cloud Storage, Logging
    and Resource Manager must be on before the first one. The first two are in a new project.
    """
    return {service: _member(name, service, agent, project, parent) for service, agent in table().items()}


def _member(
    name: str, service: str, agent: Agent, project: str, parent: pulumi.Resource
) -> pulumi.Output[str]:
    ask = pulumi.InvokeOutputOptions(parent=parent)
    match agent.found:
        case Found.IDENTITY:
            identity = ServiceIdentity(
                f"{name}-{service}",
                project=project,
                service=f"{service}.googleapis.com",
                opts=pulumi.ResourceOptions(parent=parent),
            )
            return identity.member
        case Found.STORAGE:
            return get_project_service_account_output(project=project, opts=ask).member
        case Found.LOGGING:
            settings = get_project_cmek_settings_output(project=project, opts=ask)
            return pulumi.Output.concat("serviceAccount:", settings.service_account_id)
        case Found.COMPUTE:
            number = get_project_output(project_id=project, opts=ask).number
            return pulumi.Output.concat(
                "serviceAccount:service-", number, "@compute-system.iam.gserviceaccount.com"
            )
