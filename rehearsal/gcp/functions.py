"""Data sources: the tables' and the record's answers at the caller's place, and those that are computed.

Leaves out everything that only a real account knows (who calls, what is enabled, prices): such answers are
plainly made up where programs need some value to go on, and refused by name otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from rehearsal import lookup
from rehearsal.gcp import filters, function_iam, function_network, function_services, places
from rehearsal.model import Context, Record

Computed = Callable[[Mapping[str, Any], Context, Record], Mapping[str, Any]]

_PERIMETERS = "gcp:accesscontextmanager"
COMPUTED: Mapping[str, Computed] = {
    "gcp:organizations/getIAMPolicy:getIAMPolicy": function_iam.written_policy,
    "gcp:projects/getIamPolicy:getIamPolicy": function_iam.project_policy,
    "gcp:compute/getNetwork:getNetwork": function_network.network,
    "gcp:compute/getSubnetwork:getSubnetwork": function_network.subnetwork,
    "gcp:compute/getZones:getZones": function_network.zones,
    "gcp:compute/getRegions:getRegions": function_network.regions,
    "gcp:compute/getNetblockIPRanges:getNetblockIPRanges": function_network.netblocks,
    "gcp:container/getEngineVersions:getEngineVersions": function_services.engine_versions,
    "gcp:kms/getKMSCryptoKeyVersion:getKMSCryptoKeyVersion": function_services.key_version,
    "gcp:secretmanager/getSecretVersion:getSecretVersion": function_services.secret_version,
    "gcp:secretmanager/getSecretVersionAccess:getSecretVersionAccess": function_services.secret_version,
    "gcp:storage/getBucketObjectContent:getBucketObjectContent": function_services.object_content,
    f"{_PERIMETERS}/getSupportedServices:getSupportedServices": function_services.supported_services,
    f"{_PERIMETERS}/getSupportedService:getSupportedService": function_services.supported_service,
}
"""Token -> function; everything else is in the tables."""


def answer(
    entry: lookup.Entry | None, token: str, args: Mapping[str, Any], context: Context, record: Record
) -> Mapping[str, Any]:
    """The computed, the table's or the record's answer.

    A table's templates find project, region and zone of the caller under `context`. Raises Refusal.
    """
    place = places.here(args, context)
    computed = COMPUTED.get(token)
    if computed:
        return {**args, **computed(args, context, record)}
    config = {**context.config, **{key: value for key, value in place.items() if value is not None}}
    context = replace(context, config=config)
    found = lookup.answer(entry, token, args, context, record, filters=filters.at(place))
    return as_lists(found)


def as_lists(found: Mapping[str, Any]) -> dict[str, Any]:
    """An object's outputs as a data source gives them: nested blocks are lists of one, with plural names.

    The resource has `masterAuth`, its data source `masterAuths`; both names are given, and the shape of the
    result keeps the one it declares.
    """
    results: dict[str, Any] = {}
    for name, value in found.items():
        results[name] = (
            [_inside(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value
        )
        if isinstance(value, Mapping):
            results[plural(name)] = [as_lists(cast("Mapping[str, Any]", value))]
    return results


def _inside(value: Any) -> Any:
    return as_lists(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value


def plural(name: str) -> str:
    """The plural as Pulumi's bridge forms it."""
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return name[:-1] + "ies"
    return name + "es" if name.endswith(("s", "x", "ch", "sh")) else name + "s"
