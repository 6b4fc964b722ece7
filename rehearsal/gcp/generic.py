"""What holds for every Google resource type, tables or not: ids, immutable properties and common outputs.

A type's tables always win. Where they are silent, the import formats and descriptions that the installed SDK
carries (`rehearsal.gcp.sdk`) say what the provider's id looks like and what cannot be changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from rehearsal.gcp.sdk import Documented, documented
from rehearsal.knowledge import Knowledge

_PLACES = {"project": "{project}", "projectId": "{project}", "region": "{region}", "zone": "{zone}"}
_IAM = re.compile(r"(?:Iam|IAM)(Member|Binding|Policy)$")
# What IAM resources without documented formats are grants on: argument -> template of the id's beginning.
_GRANTED_ON = {
    "cryptoKeyId": "{inputs.cryptoKeyId}",
    "keyRingId": "{inputs.keyRingId}",
    "bucket": "b/{inputs.bucket|last}",
    "serviceAccountId": "{inputs.serviceAccountId}",
    "orgId": "{inputs.orgId}",
    "folder": "{inputs.folder}",
    "billingAccountId": "{inputs.billingAccountId}",
    "subscription": "projects/{project}/subscriptions/{inputs.subscription|last}",
    "topic": "projects/{project}/topics/{inputs.topic|last}",
    "project": "{project}",
}
_FULL = ("projects/", "organizations/", "folders/")
_MODULE_HOSTS = {"kms": "cloudkms", "serviceaccount": "iam", "projects": "cloudresourcemanager"}


class GoogleKnowledge(Knowledge):
    """The folder's tables on top of what the SDK documents."""

    def of(self, type: str) -> Mapping[str, Any]:
        known = self._complete.get(type)
        if known is None:
            known = self._complete[type] = _on_top(_from_sdk(type), super().of(type))
        return known

    @property
    def _complete(self) -> dict[str, Mapping[str, Any]]:
        return cast("dict[str, Mapping[str, Any]]", self.__dict__.setdefault("_complete_cache", {}))


def _on_top(base: Mapping[str, Any], tables: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        **base,
        **tables,
        "immutable": [*base["immutable"], *tables.get("immutable", [])],
        "outputs": {**base["outputs"], **tables.get("outputs", {})},
        "planned": [*base["planned"], *tables.get("planned", [])],
        # The guesses of one type count before those for all: the first match is taken.
        "guesses": list(reversed(tables.get("guesses", []))),
    }


def _from_sdk(type: str) -> dict[str, Any]:
    said = documented(type)
    grant = _IAM.search(type)
    outputs = _common_outputs(type, said)
    result: dict[str, Any] = {
        "id": _grant_id(said, grant[1]) if grant else _id(said),
        "immutable": sorted(_grant_immutable(said, grant[1]) if grant else said.immutable),
        "outputs": outputs,
        "planned": [
            name
            for name in ("project", "region", "zone", "location", "pulumiLabels", "deletionPolicy")
            if name in outputs
        ],
    }
    if "name" in said.arguments - said.required:
        # https://github.com/pulumi/pulumi-gcp/blob/master/provider/resources.go, SetAutonaming
        result["auto_name"] = {"max_length": 255}
    return result


def _id(said: Documented) -> str:
    """The template of the first import format: arguments by name, the rest assigned by the server."""
    if not said.import_formats:
        return "{inputs.name ?? seed:number:19#id}"
    # Some list the short form first; the provider's id is the full path.
    text = next((form for form in said.import_formats if form.startswith(_FULL)), said.import_formats[0])
    return re.sub(r"\{(\w+)\}", lambda match: _part(match[1], said, at_start=match.start() == 0), text)


def _part(name: str, said: Documented, at_start: bool) -> str:
    if name == "location":
        return "{location}"
    if name in _PLACES:
        return _PLACES[name]
    if name in said.arguments:
        source = "inputs." + name if at_start else "inputs." + name + "|last"
        return "{" + source + " ?? seed:number:19#" + name + "}"
    return "{seed:number:19#" + name + "}"


def _grant_id(said: Documented, form: str) -> str:
    """`RESOURCE/ROLE/MEMBER`, as the provider writes it."""
    start = _grant_start(said)
    if form == "Policy":
        return start
    role = start + "/{inputs.role}"
    return role if form == "Binding" else role + "/{inputs.member}"


def _grant_start(said: Documented) -> str:
    """The id of what is granted on. Its documented format calls the resource `name`, the argument may not."""
    required = sorted(said.required - {"role", "member", "members", "policyData"})
    if not said.import_formats:
        known = next((text for name, text in _GRANTED_ON.items() if name in said.required), None)
        return known or "/".join(["{project}", *(f"{{inputs.{name}|last}}" for name in required)])
    start = _id(said)
    named = re.findall(r"\{(\w+)\}", said.import_formats[0])
    missing = [name for name in named if name not in said.arguments and name not in _PLACES]
    left = [name for name in required if name not in named]
    for name, argument in zip(missing, left, strict=False):
        start = start.replace(f"{{seed:number:19#{name}}}", f"{{inputs.{argument}|last}}")
    return start


def _grant_immutable(said: Documented, form: str) -> frozenset[str]:
    """All of a member or binding but the list of members; of a policy, what it is a policy of."""
    changeable = {"Policy": {"policyData"}, "Binding": {"members"}}.get(form, set[str]())
    return said.arguments - changeable


def _common_outputs(type: str, said: Documented) -> dict[str, Any]:
    module = type.split(":")[1].split("/", 1)[0].lower()
    own = said.arguments | said.computed
    host = (
        "www.googleapis.com/compute/v1"
        if module == "compute"
        else f"{_MODULE_HOSTS.get(module, module)}.googleapis.com/v1"
    )
    created = "{seed:time#created|pacific}" if module == "compute" else "{seed:time#created}"
    templates = {
        "project": "{project}",
        "region": "{region}",
        "zone": "{zone}",
        "location": "{location}",
        "pulumiLabels": "{labels}",
        "effectiveLabels": "{effectiveLabels}",
        "effectiveAnnotations": "{inputs.annotations}",
        "selfLink": f"https://{host}/{{id}}",
        "creationTimestamp": created,
        "createTime": "{seed:time#created}",
        "creationTime": "{seed:time#created}",
        "updateTime": "{seed:time#created}",
        "etag": "{seed:hex:32#etag|etag}",
        "fingerprint": "{seed:hex:32#fingerprint|fingerprint}",
        "labelFingerprint": "{seed:hex:32#labels|fingerprint}",
        "uid": "{seed:uuid#uid}",
    }
    kept = {name: template for name, template in templates.items() if name in own}
    if "name" in said.computed:
        kept["name"] = "{id}"
    if "deletionPolicy" in said.arguments:
        kept["deletionPolicy"] = "{inputs.deletionPolicy ?? 'DELETE'}"
    return kept
