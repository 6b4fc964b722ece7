"""GKE one guarantee at a time: Google Cloud's side of `policies/rules/cluster.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.framework.expect import must_be, must_be_set, must_not_be
from policies.framework.resource import Resource
from policies.framework.rule import Finding, NotApplicable, check
from policies.rules.gcp.machines import CLUSTER, INSTANCES, NODE_POOL, TPU, accelerated

LOGGED = ("SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER")
ZONE = re.compile(r".+-[a-z]")


@check("nodes-have-no-public-address", CLUSTER)
def cluster_has_private_nodes(cluster: Resource) -> Iterator[Finding]:
    yield from must_be(cluster.at("privateClusterConfig.enablePrivateNodes"), True)


@check("nodes-have-no-public-address", NODE_POOL)
def pool_has_private_nodes(pool: Resource) -> Iterator[Finding]:
    yield from must_be(pool.at("networkConfig.enablePrivateNodes"), True)


@check("control-planes-are-private", CLUSTER)
def control_plane_is_private(cluster: Resource) -> Iterator[Finding]:
    by_address = cluster.at("controlPlaneEndpointsConfig.ipEndpointsConfig.enabled")
    if not by_address.unknown and by_address.value is False:
        return
    yield from must_be(cluster.at("privateClusterConfig.enablePrivateEndpoint"), True)


@check("clusters-enforce-network-policy", CLUSTER)
def enforces_network_policy(cluster: Resource) -> Iterator[Finding]:
    if not cluster.at("enableAutopilot").unknown and cluster.at("enableAutopilot").value is True:
        return
    yield from must_be(cluster.at("datapathProvider"), "ADVANCED_DATAPATH")


@check("pods-have-identities-of-their-own", CLUSTER)
def has_workload_identity(cluster: Resource) -> Iterator[Finding]:
    yield from must_be_set(cluster.at("workloadIdentityConfig.workloadPool"))


@check("nodes-hide-their-metadata-from-pods", CLUSTER, NODE_POOL)
def hides_metadata(nodes: Resource) -> Iterator[Finding]:
    yield from must_be(nodes.at("nodeConfig.workloadMetadataConfig.mode"), "GKE_METADATA")


@check("machines-boot-verified-software", CLUSTER)
def cluster_is_shielded(cluster: Resource) -> Iterator[Finding]:
    yield from must_not_be(cluster.at("enableShieldedNodes"), False)
    yield from _verified_boot(cluster, "nodeConfig.shieldedInstanceConfig")


@check("machines-boot-verified-software", NODE_POOL)
def pool_is_shielded(pool: Resource) -> Iterator[Finding]:
    yield from _verified_boot(pool, "nodeConfig.shieldedInstanceConfig")


@check("machines-boot-verified-software", TPU)
def tpu_is_shielded(tpu: Resource) -> Iterator[Finding]:
    yield from must_be(tpu.at("shieldedInstanceConfig.enableSecureBoot"), True)


@check("machines-boot-verified-software", *INSTANCES)
def machine_is_shielded(machine: Resource) -> Iterator[Finding]:
    yield from _verified_boot(machine, "shieldedInstanceConfig")


def _verified_boot(machine: Resource, path: str) -> Iterator[Finding]:
    yield from must_be(machine.at(f"{path}.enableSecureBoot"), True)
    # On unless turned off: cloud.google.com/compute/shielded-vm/docs/modifying-shielded-vm.
    yield from must_not_be(machine.at(f"{path}.enableIntegrityMonitoring"), False)


@check("clusters-admit-only-attested-images", CLUSTER)
def asks_binary_authorization(cluster: Resource) -> Iterator[Finding]:
    mode = cluster.at("binaryAuthorization.evaluationMode")
    yield from must_be(mode, "PROJECT_SINGLETON_POLICY_ENFORCE")


@check("clusters-accept-no-legacy-credentials", CLUSTER)
def accepts_no_legacy_credentials(cluster: Resource) -> Iterator[Finding]:
    yield from must_not_be(cluster.at("enableLegacyAbac"), True)
    yield from must_not_be(cluster.at("masterAuth.clientCertificateConfig.issueClientCertificate"), True)
    yield from must_be(cluster.at("anonymousAuthenticationConfig.mode"), "LIMITED")
    for path in ("enableK8sTokensViaDns", "enableK8sCertsViaDns"):
        yield from must_not_be(cluster.at(f"controlPlaneEndpointsConfig.dnsEndpointConfig.{path}"), True)


@check("kubelets-have-no-open-port", CLUSTER)
def cluster_closes_kubelets(cluster: Resource) -> Iterator[Finding]:
    defaults = cluster.at("nodePoolDefaults.nodeConfigDefaults.insecureKubeletReadonlyPortEnabled")
    if not defaults.missing:
        yield from must_be(defaults, "FALSE")
    else:
        yield from must_be(cluster.at("nodeConfig.kubeletConfig.insecureKubeletReadonlyPortEnabled"), "FALSE")


@check("kubelets-have-no-open-port", NODE_POOL)
def pool_closes_kubelets(pool: Resource) -> Iterator[Finding]:
    yield from must_be(pool.at("nodeConfig.kubeletConfig.insecureKubeletReadonlyPortEnabled"), "FALSE")


@check("gpu-pools-are-tainted", NODE_POOL)
def is_tainted(pool: Resource) -> Iterator[Finding]:
    if not accelerated(pool.at("nodeConfig")):
        raise NotApplicable("it has no accelerators")
    effects = ("NO_SCHEDULE", "NO_EXECUTE")
    taints = pool.at("nodeConfig.taints").items()
    if not any(taint.at("key").value and taint.at("effect").value in effects for taint in taints):
        yield Finding("nodeConfig.taints keeps no pod away")


@check("clusters-are-kept-from-deletion", CLUSTER)
def is_kept(cluster: Resource) -> Iterator[Finding]:
    if cluster.situation.environment == "dev":
        raise NotApplicable("the environment is dev")
    yield from must_not_be(cluster.at("deletionProtection"), False)


@check("clusters-are-regional", CLUSTER)
def is_regional(cluster: Resource) -> Iterator[Finding]:
    location = cluster.at("location").text
    if not location:
        yield Finding("location is missing, so the provider's zone is used")
    elif ZONE.fullmatch(location):
        yield Finding("location is a zone")


@check("confidential-training-encrypts-memory", NODE_POOL)
def encrypts_memory(pool: Resource) -> Iterator[Finding]:
    if not pool.situation.confidential:
        raise NotApplicable("confidential training is not asked for")
    if not accelerated(pool.at("nodeConfig")):
        raise NotApplicable("it has no accelerators")
    yield from must_be(pool.at("nodeConfig.confidentialNodes.enabled"), True)


@check("clusters-log-their-control-plane", CLUSTER)
def logs_its_control_plane(cluster: Resource) -> Iterator[Finding]:
    components = cluster.at("loggingConfig.enableComponents")
    kept = {view.text for view in components.items()}
    missing = [component for component in LOGGED if component not in kept]
    if missing:
        yield Finding(f"{components.path} lacks {', '.join(missing)}")


@check("cluster-roles-are-never-bound-to-everybody", CLUSTER)
def binds_no_role_to_everybody(cluster: Resource) -> Iterator[Finding]:
    for whom in ("Authenticated", "Unauthenticated"):
        yield from must_be(cluster.at(f"rbacBindingConfig.enableInsecureBindingSystem{whom}"), False)


@check("services-take-no-addresses-of-others", CLUSTER)
def services_take_no_other_address(cluster: Resource) -> Iterator[Finding]:
    yield from must_not_be(cluster.at("serviceExternalIpsConfig.enabled"), True)


@check("clusters-are-kept-patched", CLUSTER)
def cluster_is_patched(cluster: Resource) -> Iterator[Finding]:
    yield from must_be(cluster.at("releaseChannel.channel"), "RAPID", "REGULAR", "STABLE", "EXTENDED")
    yield from must_not_be(cluster.at("enableKubernetesAlpha"), True)


@check("clusters-are-kept-patched", NODE_POOL)
def nodes_are_patched(pool: Resource) -> Iterator[Finding]:
    yield from must_not_be(pool.at("management.autoUpgrade"), False)
