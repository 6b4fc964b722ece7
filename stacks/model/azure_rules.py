"""What Azure cannot do by itself, so that a stack file must say it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from components.azure import hsm_keys
from stacks.model.problems import Problem

if TYPE_CHECKING:
    from stacks.model.azure import Azure
    from stacks.model.sections import Inference
    from stacks.settings import Settings


def azure(settings: Settings) -> Iterator[Problem]:
    """Whose tokens count, by which name pods are asked, which models there are, and which authority clients'
    certificates are of.
    """
    given, asked = settings.azure, settings.inference
    if given is None:
        return
    if given.flood_plan and given.flood_protection == "address":
        yield Problem("azure.flood_plan", "the address is protected by itself", "one of the two")
    if given.purview and given.purview_account:
        yield Problem("azure.purview_account", "another account is made", "one of the two")
    yield from _keys_of_another_hsm(given, settings.prefix)
    yield from _models(given, asked)
    if given.foundry and given.foundry.review == "possible" and settings.sensitive:
        yield Problem(
            "azure.foundry.review",
            "Microsoft may have people read what its filters point out, and data is about people",
            "`exempt` once Microsoft has exempted the subscription",
        )
    if asked is None:
        return
    if given.callers is None:
        yield Problem(
            "azure.callers",
            "models are served, and nothing says whose tokens count",
            "the client id of a registration of the directory, as `audience`",
        )
    if given.inside_host is None:
        yield Problem(
            "azure.inside_host",
            "the edge verifies whom it asks",
            "a name of a domain of yours, such as inside.models.example.com",
        )
    elif given.inside_host in asked.hosts:
        yield Problem("azure.inside_host", "it is a public host name too", "a name that nobody else asks")
    if asked.access.client_ca == "own":
        yield Problem(
            "inference.access.client_ca",
            "Azure has no private authority",
            "PEM text of the authority that issues client certificates",
        )


def _keys_of_another_hsm(given: Azure, group: str) -> Iterator[Problem]:
    """The network leads to the stack's own HSM, and to no other."""
    if given.managed_hsm is None:
        return
    own = hsm_keys.own_name(given.place(group))
    for purpose, key in given.managed_hsm.keys.items():
        if not key.startswith(hsm_keys.uri(own)):
            yield Problem(
                f"azure.managed_hsm.keys.{purpose}",
                "it is in another HSM than the stack's",
                f"a key of the HSM {own}, such as {hsm_keys.uri(own)}keys/{purpose}/<version>",
            )


def _models(given: Azure, asked: Inference | None) -> Iterator[Problem]:
    """Callers know models by their names alone, and reach them through a model server."""
    if given.foundry is None:
        return
    if asked is None:
        yield Problem(
            "azure.foundry",
            "nothing serves its models to callers",
            "the section `inference`, or leave it out",
        )
    taken = {asked.model} if asked else set[str]()
    for number, each in enumerate(given.foundry.models):
        if each.name in taken:
            yield Problem(
                f"azure.foundry.models[{number}].name",
                f"`{each.name}` is another model's name",
                "a name of its own",
            )
        taken.add(each.name)
