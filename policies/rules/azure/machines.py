"""Machines of AKS and of sets beside it: which have accelerators, what they take and what they show.

Which machines carry accelerators is told from raw properties here, for the other modules. The pools of a
cluster stand in two places: some inside the cluster, which needs one to exist, and others by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from policies.framework.expect import must_be, must_be_absent, must_be_set, must_not_be
from policies.framework.resource import Resource, Stack
from policies.framework.rule import Finding, NotApplicable, check
from policies.framework.values import View

CLUSTER = "azure-native:containerservice:ManagedCluster"
POOL = "azure-native:containerservice:AgentPool"
MACHINE = "azure-native:compute:VirtualMachine"
MACHINE_SET = "azure-native:compute:VirtualMachineScaleSet"
# Sizes with accelerators: the families NC, ND, NG, NP, NV (learn.microsoft.com/azure/virtual-machines/sizes).
ACCELERATED = re.compile(r"(?i)Standard_N[A-Z]+\d.*")
# Sizes whose CPU and GPU memory is encrypted: learn.microsoft.com/azure/aks/use-confidential-gpus.
CONFIDENTIAL = re.compile(r"(?i)Standard_NCC\d.*")


@dataclass(frozen=True)
class Pool:
    """A pool of nodes: the resource that describes it, and where in it."""

    resource: Resource
    at: View

    @property
    def accelerated(self) -> bool:
        """Whether its nodes have accelerators. Raises `Undecided` when the size is unknown."""
        return bool(ACCELERATED.fullmatch(self.at.at("vmSize").text))


def pools(resource: Resource) -> Iterator[Pool]:
    """The pools that a cluster or a pool's own resource describes."""
    if resource.type == POOL:
        yield Pool(resource, resource.root)
    else:
        for each in resource.at("agentPoolProfiles").items():
            yield Pool(resource, each)


def all_pools(stack: Stack) -> Iterator[Pool]:
    """Every pool of every cluster."""
    for resource in stack.of_type(CLUSTER, POOL):
        yield from pools(resource)


@check("nodes-have-no-public-address", CLUSTER, POOL)
def gives_nodes_no_address(resource: Resource) -> Iterator[Finding]:
    for pool in pools(resource):
        yield from must_not_be(pool.at.at("enableNodePublicIP"), True)
        yield from must_be_absent(pool.at.at("nodePublicIPPrefixID"))


@check("machines-boot-verified-software", CLUSTER, POOL)
def nodes_boot_verified_software(resource: Resource) -> Iterator[Finding]:
    """AKS's own driver for GPUs is not signed, so its nodes measure their boot and cannot enforce it.

    Memory of confidential nodes is attested by other means, which AKS does not combine with these.
    """
    for pool in pools(resource):
        if CONFIDENTIAL.fullmatch(pool.at.at("vmSize").text):
            continue
        yield from must_be(pool.at.at("securityProfile.enableVTPM"), True)
        if not pool.accelerated or pool.at.at("gpuProfile.driver").value == "None":
            yield from must_be(pool.at.at("securityProfile.enableSecureBoot"), True)


@check("machines-boot-verified-software", MACHINE)
def machine_boots_verified_software(machine: Resource) -> Iterator[Finding]:
    yield from _is_trusted(machine.at("securityProfile"))


@check("machines-boot-verified-software", MACHINE_SET)
def set_boots_verified_software(machines: Resource) -> Iterator[Finding]:
    yield from _is_trusted(machines.at("virtualMachineProfile.securityProfile"))


@check("machines-take-no-login-keys", CLUSTER)
def cluster_takes_no_login_key(cluster: Resource) -> Iterator[Finding]:
    yield from must_be_absent(cluster.at("linuxProfile"))
    yield from _close_ssh(cluster)


@check("machines-take-no-login-keys", POOL)
def pool_takes_no_login_key(pool: Resource) -> Iterator[Finding]:
    yield from _close_ssh(pool)


@check("machines-take-no-login-keys", MACHINE)
def machine_takes_no_login_key(machine: Resource) -> Iterator[Finding]:
    yield from must_be_absent(machine.at("osProfile.linuxConfiguration.ssh"))


@check("machines-take-no-login-keys", MACHINE_SET)
def set_takes_no_login_key(machines: Resource) -> Iterator[Finding]:
    yield from must_be_absent(machines.at("virtualMachineProfile.osProfile.linuxConfiguration.ssh"))


@check("machines-take-no-login-keys", "azure-native:compute:SshPublicKey")
def is_no_login_key(_key: Resource) -> Iterator[Finding]:
    yield Finding("it is a key for logins")


@check("data-at-rest-uses-a-customer-key", CLUSTER)
def cluster_encrypts_disks(cluster: Resource) -> Iterator[Finding]:
    """The set encrypts disks; temporary disks and caches are encrypted on the host, or not at all."""
    yield from must_be_set(cluster.at("diskEncryptionSetID"))
    yield from _encrypt_on_the_host(cluster)


@check("data-at-rest-uses-a-customer-key", POOL)
def pool_encrypts_disks(pool: Resource) -> Iterator[Finding]:
    yield from _encrypt_on_the_host(pool)


@check("gpu-pools-are-tainted", CLUSTER, POOL)
def is_tainted(resource: Resource) -> Iterator[Finding]:
    found = [pool for pool in pools(resource) if pool.accelerated]
    if not found:
        raise NotApplicable("it has no accelerators")
    for pool in found:
        taints = pool.at.at("nodeTaints")
        if not any(each.text.endswith((":NoSchedule", ":NoExecute")) for each in taints.items()):
            yield Finding(f"{taints.path} keeps no pod away")


@check("confidential-training-encrypts-memory", CLUSTER, POOL)
def encrypts_memory(resource: Resource) -> Iterator[Finding]:
    if not resource.situation.confidential:
        raise NotApplicable("confidential training is not asked for")
    for pool in pools(resource):
        if pool.accelerated and not CONFIDENTIAL.fullmatch(pool.at.at("vmSize").text):
            yield Finding(f"{pool.at.at('vmSize').path} is a size whose memory is not encrypted")


def _is_trusted(profile: View) -> Iterator[Finding]:
    yield from must_be(profile.at("securityType"), "TrustedLaunch", "ConfidentialVM")
    for path in ("uefiSettings.secureBootEnabled", "uefiSettings.vTpmEnabled"):
        yield from must_be(profile.at(path), True)


def _close_ssh(resource: Resource) -> Iterator[Finding]:
    for pool in pools(resource):
        yield from must_be(pool.at.at("securityProfile.sshAccess"), "Disabled")


def _encrypt_on_the_host(resource: Resource) -> Iterator[Finding]:
    for pool in pools(resource):
        yield from must_be(pool.at.at("enableEncryptionAtHost"), True)
