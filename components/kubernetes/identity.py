"""Who a service is: short-lived certificates that name its account, from an authority of the cluster's own.

Builds cert-manager and trust-manager from the registry, an authority per cluster, and a bundle of what to
trust. `service_certificate` is what a workload asks for.

Guarantees: works without the internet and on every cloud; the authority's key never leaves the cluster's
identity namespace; certificates live a day, are replaced with a new key each time, and name
`spiffe://<trust domain>/ns/<namespace>/sa/<account>`; public authorities are not trusted.

Leaves out: terminating TLS, which the workload's own gateway does (docs/adr/0010 says why no mesh), and
collectives between GPUs, which are isolated by network instead.
Sources: cert-manager.io/docs/configuration/ca, cert-manager.io/docs/trust/trust-manager.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions.CustomResource import CustomResource

from components.kubernetes.charts import release
from components.kubernetes.namespaces import WORKLOADS
from components.kubernetes.scope import Scope
from components.kubernetes.software import Software

NAMESPACE = "identity"
ISSUER = "cluster"
BUNDLE = "cluster-trust"
# A certificate's life and when it is replaced.
LIFE, RENEW = "24h", "8h"
ROOT = "cluster-root"
ROOT_LIFE, ROOT_RENEW = "8760h", "2920h"
KEY = {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"}
READY = {"pulumi.com/waitFor": "condition=Ready"}


def identity(scope: Scope, *guards: pulumi.Resource) -> CustomResource:
    """The issuer, once it can issue. `guards` are what must be in force before anything runs."""
    manager = release(scope, "cert-manager", NAMESPACE, _cert_manager(scope.software), *guards)
    seed = _issuer(scope, "seed", {"selfSigned": {}}, manager)
    root = CustomResource(
        scope.name("root"),
        api_version="cert-manager.io/v1",
        kind="Certificate",
        metadata={"name": ROOT, "namespace": NAMESPACE},
        spec={
            "isCA": True,
            "commonName": scope.trust_domain,
            "secretName": ROOT,
            "duration": ROOT_LIFE,
            "renewBefore": ROOT_RENEW,
            "privateKey": KEY,
            "issuerRef": _from("seed"),
        },
        opts=scope.opts(seed),
    )
    issuer = _issuer(scope, ISSUER, {"ca": {"secretName": ROOT}}, root)
    trust = release(scope, "trust-manager", NAMESPACE, _trust_manager(scope.software), issuer)
    CustomResource(
        scope.name("trust"),
        api_version="trust.cert-manager.io/v1alpha1",
        kind="Bundle",
        metadata={"name": BUNDLE},
        spec={
            "sources": [{"useDefaultCAs": False}, {"secret": {"name": ROOT, "key": "ca.crt"}}],
            "target": {
                "configMap": {"key": "ca.pem"},
                "namespaceSelector": {"matchLabels": {WORKLOADS: "true"}},
            },
        },
        opts=scope.opts(trust),
    )
    return issuer


def service_certificate(
    scope: Scope, namespace: str, account: str, services: Sequence[str], *after: pulumi.Resource
) -> CustomResource:
    """A certificate for the Services of one account. Its secret has the name `<account>-tls`."""
    names = [f"{service}.{namespace}.svc" for service in services]
    return CustomResource(
        scope.name(f"{account}-certificate"),
        api_version="cert-manager.io/v1",
        kind="Certificate",
        metadata={"name": account, "namespace": namespace, "annotations": READY},
        spec={
            "secretName": f"{account}-tls",
            "duration": LIFE,
            "renewBefore": RENEW,
            "dnsNames": [*names, *(f"{each}.cluster.local" for each in names)],
            "uris": [f"spiffe://{scope.trust_domain}/ns/{namespace}/sa/{account}"],
            "usages": ["digital signature", "server auth", "client auth"],
            "privateKey": KEY,
            "issuerRef": _from(ISSUER),
        },
        opts=scope.opts(*after),
    )


def _issuer(scope: Scope, name: str, spec: Mapping[str, Any], after: pulumi.Resource) -> CustomResource:
    return CustomResource(
        scope.name(f"{name}-issuer"),
        api_version="cert-manager.io/v1",
        kind="ClusterIssuer",
        metadata={"name": name, "annotations": READY},
        spec=dict(spec),
        opts=scope.opts(after),
    )


def _from(issuer: str) -> Mapping[str, str]:
    return {"name": issuer, "kind": "ClusterIssuer", "group": "cert-manager.io"}


def _cert_manager(software: Software) -> dict[str, Any]:
    return {
        "crds": {"enabled": True, "keep": True},
        "image": _image(software, "cert-manager-controller"),
        "webhook": {"image": _image(software, "cert-manager-webhook")},
        "cainjector": {"image": _image(software, "cert-manager-cainjector")},
        "acmesolver": {"image": _image(software, "cert-manager-acmesolver")},
        "startupapicheck": {"image": _image(software, "cert-manager-startupapicheck")},
        # The authority's secret is read from where it is written.
        "clusterResourceNamespace": NAMESPACE,
        "config": {
            "apiVersion": "controller.config.cert-manager.io/v1alpha1",
            "kind": "ControllerConfiguration",
        },
        "prometheus": {"enabled": False},
    }


def _trust_manager(software: Software) -> dict[str, Any]:
    return {
        "image": _image(software, "trust-manager"),
        "app": {"trust": {"namespace": NAMESPACE}},
        # Its package of public authorities is an image of its own, which is not wanted.
        "defaultPackage": {"enabled": False},
        "secretTargets": {"enabled": False},
    }


def _image(software: Software, name: str) -> dict[str, Any]:
    return {"repository": software.repository(name), "digest": software.digest(name)}
