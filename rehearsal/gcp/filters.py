"""Filters of Google's tables, besides the shared ones of `rehearsal.filters`.

Most need to know where the resource lives, so they are made per resource.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from rehearsal import authority, seeds
from rehearsal.gcp import places, values
from rehearsal.public_keys import public_key


def at(place: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    """The filters for a resource at this place (`places.here`)."""

    def ref(value: str, kind: str) -> str:
        """A reference of any form as a path: `default|ref:global/networks`."""
        return places.reference(value, kind, place)

    def link(value: str, kind: str) -> str:
        """A reference of any form as a Compute Engine link."""
        return places.COMPUTE + ref(value, kind)

    def cluster_path(value: str) -> str:
        return places.cluster_path(value, place)

    def agent(service: str) -> str:
        """E-mail of a service's agent in the resource's project."""
        return places.agent(str(place["projectNumber"]), service)

    return {**_ANYWHERE, "ref": ref, "link": link, "cluster_path": cluster_path, "agent": agent}


def _region_of(location: str) -> str:
    return places.region_of(location) if places.is_zone(location) else location


def _replaced_by(_present: Any, text: str) -> str:
    """Another text where something is given at all: `inputs.tcpHealthCheck|as:TCP`."""
    return text


def _flag(text: Any) -> bool:
    return text is True or text == "true"


def _pacific(moment: str) -> str:
    """Compute Engine writes local time of its first data centre."""
    return moment.removesuffix("Z") + ".000-08:00"


def _private_address(network: str) -> str:
    """An address in the range that a managed service takes of a network."""
    return seeds.FORMATS["ipv4"](hashlib.sha256(network.encode()).hexdigest(), "10.20.0.0/16")


_ANYWHERE: Mapping[str, Callable[..., Any]] = {
    "as": _replaced_by,
    "account_id": values.unique_account_id,
    "certificate": authority.certificate,
    "etag": values.etag,
    "fingerprint": values.fingerprint,
    "flag": _flag,
    "pacific": _pacific,
    "path": places.path_of,
    "private_address": _private_address,
    "project_number": values.project_number,
    "public_key": public_key,
    "region_of": _region_of,
}
