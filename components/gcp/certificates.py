"""Managed certificates for the edge: Google holds the keys, renews them, and proves each name by DNS.

Builds an authorisation per host, one certificate, and the map by which the load balancer finds it. With a
public zone of ours the records that prove the names are written there; else they are told as `records`, for
whoever runs the zone.

Guarantees: no private key in a file or a state; a name that the map does not have is answered with no
certificate; somebody is told when a certificate cannot be renewed.

Leaves out: the zone itself, and internal certificates (`authority.py`, `components/kubernetes/identity.py`).
Source: cloud.google.com/certificate-manager/docs/deploy-google-managed-dns-auth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_gcp.certificatemanager.certificate import Certificate
from pulumi_gcp.certificatemanager.certificate_map import CertificateMap
from pulumi_gcp.certificatemanager.certificate_map_entry import CertificateMapEntry
from pulumi_gcp.certificatemanager.dns_authorization import DnsAuthorization
from pulumi_gcp.dns.record_set import RecordSet
from pulumi_gcp.monitoring.alert_policy import AlertPolicy
from pydantic import BaseModel, ConfigDict, Field

from components import contracts
from components.ready import after

# The service renews a month before the end and logs each failure.
# Source: cloud.google.com/certificate-manager/docs/logs-metrics.
EXPIRING = (
    'resource.type="certificatemanager.googleapis.com/Project" AND '
    'logName:"certificatemanager.googleapis.com%2Fcertificates_expiry" AND '
    'jsonPayload.state=("CLOSE_TO_EXPIRY" OR "EXPIRED")'
)


class CertificatesArgs(BaseModel):
    """Whose names, and who is told. `public_zone` is the name of a managed zone of ours that serves them."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    project: str
    hosts: tuple[str, ...] = Field(min_length=1)
    channels: Sequence[pulumi.Output[str]]
    public_zone: str | None = None
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Certificates(pulumi.ComponentResource):
    """`handle` for the load balancer, `records` by host for whoever runs the zone."""

    handle: contracts.Certificate
    records: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: CertificatesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Certificates", name, None, opts)
        proofs = {host: self._proof(name, args, host) for host in args.hosts}
        certificate = self._certificate(name, args, proofs)
        lookup = CertificateMap(
            name,
            name=name,
            project=args.project,
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )
        entries = [self._entry(name, args, host, lookup, certificate) for host in args.hosts]
        self._alert(name, args)

        identity = pulumi.Output.concat("//certificatemanager.googleapis.com/", lookup.id)
        self.handle = contracts.Certificate(id=after(identity, *entries), hosts=args.hosts)
        self.records = {
            host: proof.dns_resource_records.apply(
                lambda found: f"{found[0].name} {found[0].type} {found[0].data}"
            )
            for host, proof in proofs.items()
        }
        self.register_outputs({"id": self.handle.id})

    def _proof(self, name: str, args: CertificatesArgs, host: str) -> DnsAuthorization:
        proof = DnsAuthorization(
            f"{name}-{host}",
            name=f"{name}-{host.replace('.', '-')}",
            project=args.project,
            domain=host,
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )
        if args.public_zone:
            record = proof.dns_resource_records.apply(lambda found: found[0])
            RecordSet(
                f"{name}-{host}",
                project=args.project,
                managed_zone=args.public_zone,
                name=record.apply(lambda each: each.name or ""),
                type=record.apply(lambda each: each.type or ""),
                ttl=300,
                rrdatas=[record.apply(lambda each: each.data or "")],
                opts=pulumi.ResourceOptions(parent=self),
            )
        return proof

    def _certificate(
        self, name: str, args: CertificatesArgs, proofs: Mapping[str, DnsAuthorization]
    ) -> Certificate:
        return Certificate(
            name,
            name=name,
            project=args.project,
            managed={
                "domains": list(args.hosts),
                "dns_authorizations": [proof.id for proof in proofs.values()],
            },
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _entry(
        self, name: str, args: CertificatesArgs, host: str, lookup: CertificateMap, certificate: Certificate
    ) -> CertificateMapEntry:
        return CertificateMapEntry(
            f"{name}-{host}",
            name=f"{name}-{host.replace('.', '-')}",
            project=args.project,
            map=lookup.name,
            hostname=host,
            certificates=[certificate.id],
            labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _alert(self, name: str, args: CertificatesArgs) -> None:
        AlertPolicy(
            f"{name}-expiry",
            project=args.project,
            display_name=f"{name}: a certificate comes to its end and is not renewed",
            combiner="OR",
            severity="CRITICAL",
            conditions=[{"display_name": "expiry", "condition_matched_log": {"filter": EXPIRING}}],
            alert_strategy={"notification_rate_limit": {"period": "3600s"}, "auto_close": "604800s"},
            notification_channels=list(args.channels),
            user_labels=dict(args.labels),
            opts=pulumi.ResourceOptions(parent=self),
        )
