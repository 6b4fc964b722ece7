"""Components that the provider itself builds: `yaml.v2.ConfigFile` and `yaml.v2.ConfigGroup`.

Guarantees: the objects of the manifests as children, named as the provider names them; namespaces and
definitions come before what needs them.
Leaves out: charts and kustomizations, which need other tools, and files behind a URL.
"""

import copy
import glob
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from rehearsal.kubernetes import helm, manifests
from rehearsal.model import UNKNOWN, Child, Refusal

NO_KUSTOMIZE: Final = Refusal(
    "",
    "the rehearsal does not run Kustomize",
    "build the folder with `kustomize build` and give the YAML to yaml.ConfigFile",
)
_FIRST: Final = ("Namespace", "CustomResourceDefinition")


def expand(type: str, name: str, inputs: Mapping[str, Any]) -> Sequence[Child]:
    """Return a component's children, none while its text is unknown.

    Raises:
        Refusal: for a component that needs another tool, or a manifest that cannot be used.
    """
    if type == "kubernetes:helm.sh/v4:Chart":
        raise helm.refusal("helm.v4.Chart")
    if type == "kubernetes:kustomize/v2:Directory":
        raise NO_KUSTOMIZE
    if type not in ("kubernetes:yaml/v2:ConfigFile", "kubernetes:yaml/v2:ConfigGroup"):
        raise Refusal("", f"{type} is a component that the rehearsal does not know", "write its resources")
    if UNKNOWN in inputs.values():
        return []
    found = [item for text in _texts(inputs) for item in manifests.decode(text)]
    found += copy.deepcopy(cast(list[dict[str, Any]], inputs.get("objs") or []))
    objects = sorted(_flat(found), key=lambda item: item.get("kind") not in _FIRST)
    prefix = str(inputs.get("resourcePrefix") or name)
    children: list[Child] = []
    for item in objects:
        children.append(_child(item, prefix, children, skip_await=inputs.get("skipAwait") is True))
    return children


def _texts(inputs: Mapping[str, Any]) -> Iterator[str]:
    files = [inputs["file"]] if inputs.get("file") else cast(list[str], inputs.get("files") or [])
    for file in files:
        if "://" in file:
            raise Refusal(
                "file", f"the rehearsal does not fetch {file}", "give a local file or the text as yaml"
            )
        # A pattern is relative to the working directory, as the provider takes it.
        found = sorted(glob.glob(file)) or [file]  # noqa: PTH207
        for path in found:
            if not Path(path).is_file():
                where = "" if Path(path).is_absolute() else f" in {Path.cwd()}"
                remedy = "give its absolute path, or the text as yaml of a ConfigGroup"
                raise Refusal("file", f"there is no file {path}{where}", remedy)
            yield Path(path).read_text("utf-8")
    if inputs.get("yaml"):
        yield str(inputs["yaml"])


def _flat(objects: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in objects:
        if str(item.get("kind", "")).endswith("List") and isinstance(item.get("items"), list):
            yield from _flat(cast(list[dict[str, Any]], item["items"]))
        else:
            yield item


def _child(item: dict[str, Any], prefix: str, before: Sequence[Child], *, skip_await: bool) -> Child:
    version, kind = item.get("apiVersion"), item.get("kind")
    metadata = cast(dict[str, Any], item.setdefault("metadata", {}))
    if not version or not kind or not metadata.get("name"):
        absent = "apiVersion" if not version else "kind" if not kind else "metadata.name"
        raise Refusal("", f"an object of the manifest has no {absent}", "every object needs one")
    if skip_await:
        metadata["annotations"] = {**(metadata.get("annotations") or {}), "pulumi.com/skipAwait": "true"}
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return Child(
        type=f"kubernetes:{version if '/' in version else f'core/{version}'}:{kind}",
        name=f"{prefix}:{place}{metadata['name']}",
        inputs=item,
        secrets=frozenset({"data", "stringData"}) if kind == "Secret" else frozenset(),
        depends_on=[index for index, other in enumerate(before) if _needs(metadata, str(version), other)],
    )


def _needs(metadata: Mapping[str, Any], version: str, other: Child) -> bool:
    """Whether an object lives in the namespace, or is of the kind's group, that another one makes."""
    name = cast(Mapping[str, Any], other.inputs["metadata"]).get("name")
    if other.type == "kubernetes:core/v1:Namespace":
        return metadata.get("namespace") == name
    group = version.rpartition("/")[0]
    return (
        other.type.endswith(":CustomResourceDefinition") and bool(group) and str(name).endswith(f".{group}")
    )
