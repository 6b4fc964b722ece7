"""A whole platform on AWS, top to bottom.

Each component gets what it needs as handles, so the order here is the order of needs, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

import pulumi
from pulumi_aws.provider import Provider

from components.aws.identity import Identities
from components.aws.keys import Keys
from components.aws.network import Network
from components.aws.storage import Stores
from stacks.aws import data_args, network_args
from stacks.aws.base import Base, amazon
from stacks.model.choices import Accelerator
from stacks.model.problems import Problem
from stacks.settings import EXPLAINED, Settings


def build(settings: Settings) -> None:
    """Registers everything, and exports what a person needs next.

    Raises SystemExit: the stack file asks for what is not built on AWS yet.
    """
    problems = list(unbuilt(settings))
    for problem in problems:
        pulumi.log.error(str(problem))
    if problems:
        raise SystemExit(EXPLAINED)
    name = settings.prefix
    opts = pulumi.ResourceOptions(providers=[_provider(settings)])

    identities = Identities(name, data_args.identities(settings), opts).handles
    keys = Keys(name, data_args.keys(settings, identities), opts).handles
    base = Base(settings, identities, keys)
    network = Network(name, network_args.network(base), opts)
    stores = Stores(name, data_args.stores(base), opts).handles

    pulumi.export("network", network.handle.id)
    pulumi.export("buckets", {store.value: handle.uri for store, handle in stores.items()})
    pulumi.export("keys", {purpose.value: key.id for purpose, key in keys.items()})


def unbuilt(settings: Settings) -> Iterator[Problem]:
    """What a stack file asks for and AWS does not have yet, so that nothing is passed over in silence."""
    if settings.inference:
        yield Problem("inference", "AWS has no edge and no inference cluster yet", "no such section")
    if settings.training.accelerator is not Accelerator.NONE:
        yield Problem("training.accelerator", "AWS has no training cluster yet", "none")


def _provider(settings: Settings) -> Provider:
    place = amazon(settings)
    return Provider(
        "amazon",
        region=place.region,
        # A credential of another account is refused before anything is made.
        allowed_account_ids=[place.account],
        default_tags={"tags": dict(settings.all_labels)},
    )
