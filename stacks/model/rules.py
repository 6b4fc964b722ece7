"""Rules between fields: what the cloud, the environment and the frameworks in scope demand of each other.

Each rule yields the problems it finds, and `problems_of` runs them all, so that one run tells everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from components.kubernetes.budget import most_of_one
from stacks.model import network_rules
from stacks.model.azure_rules import azure
from stacks.model.choices import Accelerator, Classification, Cloud, Framework, LawfulBasis
from stacks.model.limits import figures
from stacks.model.machine_rules import machines
from stacks.model.problems import Problem

if TYPE_CHECKING:
    from stacks.settings import Settings

SECTION_OF = {Cloud.GCP: "google", Cloud.AWS: "amazon", Cloud.AZURE: "azure"}


def problems_of(settings: Settings, today: date) -> Iterator[Problem]:
    """Every problem between the fields of one stack file."""
    yield from cloud_section(settings)
    yield from places(settings)
    yield from network_rules.addresses(settings)
    yield from network_rules.allow(settings, today)
    yield from training(settings)
    yield from inference(settings)
    yield from azure(settings)
    yield from classification(settings)
    yield from retention(settings)
    yield from contacts(settings)


def cloud_section(settings: Settings) -> Iterator[Problem]:
    """The chosen cloud's section is there, and no other cloud's."""
    chosen = SECTION_OF[settings.cloud]
    for section in SECTION_OF.values():
        given = getattr(settings, section) is not None
        if section == chosen and not given:
            yield Problem(section, f"cloud {settings.cloud} needs it", "where on that cloud the stack lives")
        if section != chosen and given:
            yield Problem(section, f"the cloud is {settings.cloud}", f"the section `{chosen}` instead")


def places(settings: Settings) -> Iterator[Problem]:
    """Zones belong to their region, and production survives the loss of one."""
    zones: tuple[str, ...] = ()
    if settings.cloud is Cloud.GCP and settings.google:
        zones = settings.google.zones
        yield from _zones("google.zones", settings.google.region + "-", zones)
    elif settings.cloud is Cloud.AWS and settings.amazon:
        zones = settings.amazon.zones
        yield from _zones("amazon.zones", settings.amazon.region, zones)
    elif settings.azure:
        zones = settings.azure.zones
    section = SECTION_OF[settings.cloud]
    if len(set(zones)) < len(zones):
        yield Problem(f"{section}.zones", "a zone is listed twice", "each zone once")
    if settings.production and len(set(zones)) == 1:
        yield Problem(f"{section}.zones", "one zone does not carry production", "at least two zones")
    if settings.google and settings.google.access_policy and not settings.google.organization_id:
        yield Problem("google.organization_id", "an access policy belongs to an organisation", "its number")


def _zones(path: str, prefix: str, zones: tuple[str, ...]) -> Iterator[Problem]:
    for index, zone in enumerate(zones):
        letter = zone.removeprefix(prefix)
        if not (zone.startswith(prefix) and len(letter) == 1 and letter.isalpha()):
            yield Problem(f"{path}[{index}]", f"{zone} is not in the region", f"a zone such as {prefix}a")


def training(settings: Settings) -> Iterator[Problem]:
    """The machines that training asks for exist on the cloud, can be bought that way, and carry its job."""
    ask = settings.training
    if ask.nodes.min > ask.nodes.max:
        yield Problem("training.nodes.min", f"{ask.nodes.min} is above max", f"at most {ask.nodes.max}")
    if ask.job and ask.job.workers > ask.nodes.max:
        yield Problem(
            "training.job.workers",
            f"{ask.job.workers} pods need a GPU node each, and training.nodes.max is {ask.nodes.max}",
            f"at most {ask.nodes.max}",
        )
    if ask.accelerator is Accelerator.NONE:
        if ask.confidential:
            yield Problem("training.confidential", "there is no accelerator", "false, or accelerator h100")
        if ask.job:
            yield Problem("training.job", "there is no accelerator", "an accelerator, or no job")
        return
    yield from machines(settings, "training", ask, confidential=ask.confidential)


def inference(settings: Settings) -> Iterator[Problem]:
    """Its machines exist, what the firewall cannot inspect is not let through, and callers differ."""
    ask = settings.inference
    if ask is None:
        return
    window = figures().inspected_body_bytes[settings.cloud]
    if ask.limits.body_bytes > window:
        yield Problem(
            "inference.limits.body_bytes",
            f"only the first {window} bytes of a body are inspected on {settings.cloud}",
            f"at most {window}",
        )
    one = most_of_one(ask.limits.body_bytes, ask.limits.max_tokens)
    if ask.limits.tokens_per_minute < one:
        yield Problem(
            "inference.limits.tokens_per_minute",
            f"one request may take {one}, by a body of {ask.limits.body_bytes} bytes and an answer of "
            f"{ask.limits.max_tokens} tokens",
            f"at least {one}",
        )
    if ask.replicas.min > ask.replicas.max:
        yield Problem(
            "inference.replicas.min", f"{ask.replicas.min} is above max", f"at most {ask.replicas.max}"
        )
    if ask.accelerator is Accelerator.NONE:
        yield Problem("inference.accelerator", "a model server needs one", "an accelerator, such as `l4`")
    else:
        yield from machines(settings, "inference", ask)
    least = 2 if settings.production else 1
    if ask.replicas.min < least:
        yield Problem("inference.replicas.min", f"{ask.replicas.min} is too few", f"at least {least}")
    keys = [key.name for key in ask.access.api_keys]
    if len(set(keys)) < len(keys):
        yield Problem("inference.access.api_keys", "two callers have the same name", "each name once")
    if len(set(ask.hosts)) < len(ask.hosts):
        yield Problem("inference.hosts", "a host name is listed twice", "each host name once")


def classification(settings: Settings) -> Iterator[Problem]:
    """Sensitive data brings its framework into scope."""
    data = settings.data.classification
    if data is Classification.PHI and Framework.HIPAA not in settings.frameworks:
        yield Problem("frameworks", "data.classification is phi", "`hipaa` into the list")
    european = settings.region.startswith(("europe", "eu-", "westeurope", "northeurope"))
    wants_gdpr = data is Classification.PERSONAL or (data is Classification.PHI and european)
    if wants_gdpr and Framework.GDPR not in settings.frameworks:
        why = (
            "data.classification is personal" if data is Classification.PERSONAL else "phi is held in the EU"
        )
        yield Problem("frameworks", why, "`gdpr` into the list")
    if settings.sensitive and settings.data.lawful_basis is LawfulBasis.NONE_NEEDED:
        yield Problem(
            "data.lawful_basis",
            f"data.classification is {data}, and nothing says why it may be processed",
            "the basis of GDPR Art. 6, such as `contract`, and what for into data.purpose",
        )
    if len(set(settings.frameworks)) < len(settings.frameworks):
        yield Problem("frameworks", "a framework is listed twice", "each framework once")


def retention(settings: Settings) -> Iterator[Problem]:
    """Logs stay as long as a framework demands, personal data no longer than one allows."""
    for scope in ("any", *settings.frameworks):
        demand = figures().log_retention_days.get(scope)
        if demand and settings.retention.logs_days < demand.days:
            yield Problem(
                "retention.logs_days",
                f"{settings.retention.logs_days} days are shorter than {demand.source} demands",
                f"at least {demand.days}",
            )
    erasure, data = figures().erasure, settings.data
    days = data.retention_days + data.soft_delete_days
    in_scope = Framework.GDPR in settings.frameworks and settings.sensitive
    if in_scope and days > erasure.days and data.retention_basis is None:
        yield Problem(
            "data.retention_days",
            f"with soft_delete_days, deleted data stays {days} days, beyond the month for erasure "
            f"({erasure.source})",
            f"at most {erasure.days} for both together, or the law that demands more into "
            "data.retention_basis",
        )


def contacts(settings: Settings) -> Iterator[Problem]:
    """Production has somebody for everything, GDPR somebody for privacy."""
    prod = settings.production
    for field, needed, why in (
        ("operations", prod, "production needs it"),
        ("privacy", prod or Framework.GDPR in settings.frameworks, "production and GDPR need it"),
    ):
        if needed and getattr(settings.contacts, field) is None:
            yield Problem(f"contacts.{field}", f"it is missing, and {why}", "the mailbox of a team")
