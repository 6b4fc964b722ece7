"""What `CLUSTER=real` needs before a rehearsal starts, and what it may say afterwards.

Guarantees: where there is no Go, the shape check stays and the reason is told; nothing is called stored that
a server did not show at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.kubernetes import kinds
from rehearsal.kubernetes.kinds import RELEASE
from rehearsal.model import Existing
from tools.servers import NEWEST, Servers, ensure, lacking

SHAPE, REAL = "shape", "real"
CHOICES = (SHAPE, REAL)
EVERYTHING = ("system:masters",)


@dataclass(frozen=True)
class Asked:
    """What a person asked for: `CLUSTER=` and `KUBERNETES=`."""

    cluster: str = SHAPE
    version: str = NEWEST


@dataclass(frozen=True)
class Chosen:
    """What they get: servers, or `None` and why there are none (empty where none were asked for)."""

    servers: Servers | None = None
    why: str = ""


def choose(asked: Asked, log: Callable[[str], None]) -> Chosen:
    """Build and fetch what is missing. Raises ServersError where Go cannot."""
    if asked.cluster == SHAPE:
        return Chosen()
    why = lacking(asked.version)
    if why:
        return Chosen(None, why)
    # Its client takes a while to import, and plain rehearsals do without.
    from rehearsal.kubernetes.real import definitions

    servers = ensure(asked.version, log)
    definitions.fetch(log)
    return Chosen(servers)


def users(settings: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    """Who applies: the stack's deployer, as its clusters know it, with all rights in them.

    Rights in a cluster are the cloud's to give (`roles/container.admin`, for one), which nobody asks here.
    """
    from components.accounts import DEPLOYERS
    from components.contracts import Workload
    from stacks.settings import Settings, own_fields

    asked = Settings.load(own_fields(settings["config"]))
    deployer = f"{asked.prefix}-{Workload.DEPLOYER}"
    if asked.amazon:
        session = f"arn:aws:sts::{asked.amazon.account}:assumed-role/{deployer}/rehearsal"
        return {session: (DEPLOYERS, *EVERYTHING)}
    if asked.google:
        return {f"{deployer}@{asked.google.project}.iam.gserviceaccount.com": EVERYTHING}
    return {deployer: EVERYTHING}


def lines(chosen: Chosen, stack: str, existing: Sequence[Existing], folder: Path) -> tuple[list[str], bool]:
    """The summary's lines about clusters, and whether every object of the stack was found on its server."""
    objects = [each for each in existing if _is_object(each) and each.urn.startswith(f"urn:pulumi:{stack}::")]
    if chosen.servers is None:
        told = [f"  {len(objects)} objects were judged by shape and documented limits, by no API server"]
        told += [f"  CLUSTER=real was asked for: {chosen.why}"] if chosen.why else []
        told += ["  CLUSTER=real applies them to a kube-apiserver of this run"] if not chosen.why else []
        return told, True
    from rehearsal.kubernetes.real import census

    told, missing = census.lines(objects, folder)
    return told, not missing


def _is_object(existing: Existing) -> bool:
    return existing.type != RELEASE and kinds.parse(existing.type) is not None
