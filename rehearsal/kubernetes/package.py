"""Pulumi's `kubernetes` package in the rehearsal: an API server that keeps every promise at once.

Guarantees: names, namespaces and ids as the provider makes them; what the API server would refuse is refused
before anything is created; addresses and status in their real form; replacement where the provider replaces.
Leaves out: everything a node, a controller or an admission webhook does; the contents of Helm charts.
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from rehearsal import paths
from rehearsal.kubernetes import components, computed, helm, identity, kinds, kubeconfig, manifests, objects
from rehearsal.kubernetes.kinds import Kind
from rehearsal.model import UNKNOWN, Checked, Child, Context, Existing, Record, Refusal, Resource, is_known

# Namespaces of every new cluster. https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
_NAMESPACES: Final = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})


# pulumi-kubernetes, provider/pkg/provider/diff.go: the setting that makes each mutable, and what it frees.
_CONTENTS: Final = {
    "ConfigMap": ("enableConfigMapMutable", frozenset({"data", "binaryData"})),
    "Secret": ("enableSecretMutable", frozenset({"data", "stringData"})),
}


class KubernetesPackage:
    """See `rehearsal.model.Package`."""

    name: Final = "kubernetes"

    def configure(self, config: Mapping[str, Any]) -> Checked:
        """Refuse a kubeconfig that cannot be read or lacks what it selects."""
        try:
            kubeconfig.active_cluster(config)
            kubeconfig.namespace(config)
        except Refusal as refusal:
            return Checked(config, [refusal])
        return Checked(config)

    def config_replaces(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Sequence[str]:
        """Replace on another cluster identifier; without one, on another (or unknown) active cluster."""
        if olds.get("clusterIdentifier") or news.get("clusterIdentifier") is not None:
            changed = olds.get("clusterIdentifier") != news.get("clusterIdentifier")
            return ["clusterIdentifier"] if changed else []
        if news.get("kubeconfig") is UNKNOWN:
            return ["kubeconfig"]
        changed = kubeconfig.active_cluster(olds) != kubeconfig.active_cluster(news)
        return ["kubeconfig"] if changed else []

    def realm(self, type: str, context: Context) -> str:
        """Return the cluster: equal names in different clusters are different objects."""
        return kubeconfig.cluster_key(context.config)

    def accepts(self, type: str) -> bool:
        """Take any apiVersion and kind: custom resources are not in the SDK."""
        return kinds.parse(type) is not None

    def check(self, resource: Resource, olds: Mapping[str, Any] | None, record: Record) -> Checked:
        """Give the object its name and namespace and judge it as the API server does."""
        if resource.type == kinds.RELEASE:
            return helm.check(resource, olds)
        kind = _kind(resource.type)
        if kind.is_list:
            remedy = f"declare each {kind.kind.removesuffix('List')} by itself"
            return Checked(
                resource.inputs, [Refusal("", "the API answers with lists and stores none", remedy)]
            )
        inputs = copy.deepcopy(dict(resource.inputs))
        refusals = identity.fill(kind, resource, inputs, olds)
        if kind.namespaced(record):
            identity.place(inputs, kubeconfig.namespace(resource.context.config))
        if kind.removed:
            source = "https://kubernetes.io/docs/reference/using-api/deprecation-guide/"
            problem = f"no supported cluster serves {kind.version} {kind.kind} any more"
            refusals.append(Refusal("apiVersion", problem, f"use {kind.removed}", source))
        return Checked(inputs, [*refusals, *objects.judge(kind, inputs)])

    def immutable(self, type: str) -> frozenset[str]:
        """Return the provider's list for the kind."""
        return helm.IMMUTABLE if type == kinds.RELEASE else _kind(type).immutable

    def replaced_by(self, resource: Resource, olds: Mapping[str, Any]) -> frozenset[str]:
        """Replace a ConfigMap or Secret whose contents change, unless the provider is told otherwise."""
        kind = kinds.parse(resource.type)
        if kind is None or kind.kind not in _CONTENTS or kind.is_patch:
            return frozenset()
        setting, contents = _CONTENTS[kind.kind]
        mutable = (
            resource.context.config.get(setting) is True and resource.inputs.get("immutable") is not True
        )
        return frozenset() if mutable else contents

    def delete_before_replace(self, resource: Resource, olds: Mapping[str, Any]) -> bool:
        """Delete first when the program gives the name and keeps it: two such objects cannot both exist."""
        prefix = "" if resource.type == kinds.RELEASE else "metadata."
        if identity.is_automatic(resource.inputs):
            return False
        keys = (f"{prefix}name", f"{prefix}namespace")
        return all(paths.get(resource.inputs, key) == paths.get(olds, key) for key in keys)

    def identify(self, resource: Resource) -> str:
        """Return `namespace/name`, or the name alone outside namespaces."""
        if resource.type == kinds.RELEASE:
            return helm.identify(resource)
        metadata = cast(Mapping[str, Any], resource.inputs.get("metadata") or {})
        name = (
            metadata.get("name") or f"{metadata.get('generateName', '')}{resource.seed('generateName')[:5]}"
        )
        return f"{metadata['namespace']}/{name}" if metadata.get("namespace") else str(name)

    def unique(self, resource: Resource, id: str) -> Sequence[str]:
        """Nothing besides the id."""
        return []

    def adopts(self, type: str) -> bool:
        """Whether it is a patch, which changes fields of an object that someone else owns."""
        kind = kinds.parse(type)
        return kind is not None and kind.is_patch

    def expand(self, type: str, name: str, inputs: Mapping[str, Any]) -> Sequence[Child]:
        """Return the objects of a component that the provider builds."""
        return components.expand(type, name, inputs)

    def outputs(self, resource: Resource, id: str) -> Mapping[str, Any]:
        """Return what the cluster adds to the object."""
        if resource.type == kinds.RELEASE:
            return helm.outputs(resource, id)
        kind = _kind(resource.type)
        shown: dict[str, Any] = {"apiVersion": kind.version, "kind": kind.kind}
        if resource.preview and not id:
            # With server-side apply the provider dry-runs a creation: most of the object is known at preview.
            known = computed.metadata(kind, resource) if is_known(resource.inputs) else {}
            return {**shown, **known, **computed.planned(kind)}
        named = {"metadata.name": id.rpartition("/")[2]}
        return {**shown, **named, **computed.metadata(kind, resource), **computed.fields(kind, resource)}

    def guess(self, resource: Resource, id: str, path: str, kind: str) -> Any:
        """Nothing: a field that the cluster leaves out is absent, and programs test for that."""
        return None

    def refuse_create(self, resource: Resource, id: str, record: Record) -> Refusal | None:
        """Refuse an object in a namespace that does not exist."""
        if resource.type == kinds.RELEASE:
            return None
        namespace = paths.get(resource.inputs, "metadata.namespace")
        if namespace is None or namespace in _NAMESPACES or _exists(namespace, record):
            return None
        problem = f"the namespace {namespace!r} does not exist in this cluster"
        remedy = "create a Namespace first and take metadata.name from it, so that the order is certain"
        source = "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/"
        return Refusal("metadata.namespace", problem, remedy, source)

    def refuse_update(self, existing: Existing, inputs: Mapping[str, Any]) -> Refusal | None:
        """Nothing: what a server never changes in place is replaced, see `immutable`."""
        return None

    def refuse_delete(self, existing: Existing, record: Record) -> Refusal | None:
        """Nothing: the API server deletes a namespace with all it holds."""
        return None

    def keeps(self, existing: Existing) -> bool:
        """Whether it is a patch, whose object belongs to someone else and is not in the record anyway."""
        return False

    def already_exists(self, type: str, id: str) -> str:
        """Return the API server's words."""
        kind = kinds.parse(type)
        group = f".{kind.group}" if kind and kind.group else ""
        plural = f"{kind.kind.lower()}s{group}" if kind else "releases"
        return f'{plural} "{id.rpartition("/")[2]}" already exists'

    def throttled(self, type: str) -> str:
        """Return the API server's words."""
        return "the server has received too many requests and has asked us to try again later"

    def import_inputs(self, existing: Existing) -> Mapping[str, Any]:
        """Return the inputs the object was made with."""
        return existing.inputs

    def invoke(
        self, token: str, args: Mapping[str, Any], context: Context, record: Record
    ) -> Mapping[str, Any]:
        """Read YAML; refuse what needs Helm or Kustomize."""
        if token == "kubernetes:yaml:decode":
            return {"result": manifests.decode(str(args.get("text") or ""), args.get("defaultNamespace"))}
        if token == "kubernetes:helm:template":
            raise helm.refusal("helm.v3.Chart")
        if token == "kubernetes:kustomize:directory":
            raise components.NO_KUSTOMIZE
        raise Refusal("", f"the kubernetes package has no function {token}", "")


def _kind(token: str) -> Kind:
    kind = kinds.parse(token)
    if kind is None:
        raise Refusal("", f"{token} is no Kubernetes object", "use one of the package's resource classes")
    return kind


def _exists(namespace: str, record: Record) -> bool:
    for found in record.find("kubernetes:core/v1:Namespace"):
        if found.id == namespace:
            return True
    return any(
        release.inputs.get("createNamespace") and release.inputs.get("namespace") == namespace
        for release in record.find(kinds.RELEASE)
    )
