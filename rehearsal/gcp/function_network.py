"""Networks, subnetworks, zones, regions and Google's own ranges as data sources.

Every project is taken to have the network `default` with a subnetwork per region, as a new project has. Other
networks have to be in the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from rehearsal.gcp import places
from rehearsal.model import Context, Existing, Record, Refusal

_NETWORK = "gcp:compute/network:Network"
_SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
_ABSENT = "googleapi: Error 404: The resource '{path}' was not found, notFound"


def network(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    """By `name` or `selfLink`, with the links of its subnetworks."""
    place = places.here(args, context)
    path = places.reference(str(args.get("selfLink") or args.get("name")), "global/networks", place)
    found = record.get(_NETWORK, path)
    if found is None and not path.endswith("/default"):
        raise _absent(path)
    results = dict(found.outputs) if found else _default_network(path)
    links = [other.outputs.get("selfLink") for other in record.find(_SUBNETWORK) if _is_in(other, path)]
    return {**results, "id": path, "subnetworksSelfLinks": [link for link in links if link]}


def subnetwork(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    """By `name` and `region`, or by `selfLink`."""
    place = places.here(args, context)
    given = args.get("selfLink") or args.get("name")
    if given is None:
        raise Refusal("name", "neither name nor selfLink is given", "give one of them")
    path = places.reference(str(given), "regions/subnetworks", place)
    found = record.get(_SUBNETWORK, path)
    if found is not None:
        return {
            **found.outputs,
            "id": path,
            "secondaryIpRanges": found.outputs.get("secondaryIpRanges") or [],
        }
    if not path.endswith("/default"):
        raise _absent(path)
    return _default_subnetwork(path)


def _default_network(path: str) -> dict[str, Any]:
    return {
        "name": "default",
        "project": path.split("/")[1],
        "selfLink": places.COMPUTE + path,
        "description": "Default network for the project",
        "gatewayIpv4": "",
    }


def _default_subnetwork(path: str) -> dict[str, Any]:
    _, project, _, region, *_ = path.split("/")
    names = places.regions()
    # Auto mode gives each region a /20 of 10.128.0.0/9 (https://cloud.google.com/vpc/docs/vpc#ip-ranges).
    index = names.index(region) if region in names else len(names)
    block = f"10.{128 + index // 16}.{index % 16 * 16}"
    return {
        "id": path,
        "name": "default",
        "project": project,
        "region": region,
        "selfLink": places.COMPUTE + path,
        "network": f"{places.COMPUTE}projects/{project}/global/networks/default",
        "ipCidrRange": f"{block}.0/20",
        "gatewayAddress": f"{block}.1",
        "privateIpGoogleAccess": False,
        "secondaryIpRanges": [],
        "stackType": "IPV4_ONLY",
    }


def _is_in(existing: Existing, path: str) -> bool:
    return places.path_of(str(existing.outputs.get("network"))) == path


def _absent(path: str) -> Refusal:
    return Refusal("", _ABSENT.format(path=path), "create it in a stack of this rehearsal first")


def zones(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    """The zones of the region, which is the provider's when none is given."""
    place = places.here(args, context)
    region = place["region"]
    if region is None:
        raise Refusal("region", "neither the call nor the provider says its region", "write region here")
    project = place["project"]
    names = places.zones(str(region))
    return {
        "id": f"projects/{project}/regions/{region}",
        "project": project,
        "region": region,
        "names": names,
    }


def regions(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    """All regions."""
    project = places.here(args, context)["project"]
    return {"id": f"projects/{project}", "project": project, "names": places.regions()}


@lru_cache(maxsize=1)
def _netblocks() -> Mapping[str, Any]:
    content: Any = yaml.safe_load(
        (Path(__file__).parent / "data" / "netblocks.yaml").read_text(encoding="utf-8")
    )
    return content


def netblocks(args: Mapping[str, Any], context: Context, record: Record) -> Mapping[str, Any]:
    """Google's own ranges of a type such as `health-checkers`."""
    kind = args.get("rangeType") or "cloud-netblocks"
    blocks = _netblocks().get(kind)
    if blocks is None or kind == "source":
        names = ", ".join(name for name in _netblocks() if name != "source")
        raise Refusal("rangeType", f'"{kind}" is no range type', f"write one of {names}")
    return {
        "id": f"netblock-ip-ranges-{kind}",
        "cidrBlocks": blocks,
        "cidrBlocksIpv4s": blocks,
        "cidrBlocksIpv6s": [],
    }
