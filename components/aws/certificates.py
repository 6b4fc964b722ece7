"""Managed certificates for the edge: AWS holds the keys, renews them, and proves each name by DNS.

Builds one certificate of all hosts, and waits until its names are proved: nothing listens before. With a
public zone of ours the records that prove the names are written there; else they are told while `up` waits,
and as `records`, for whoever runs the zone.

Guarantees: no private key in a file or a state; transparency logs show every certificate; somebody is told
when a certificate is 30 days from its end and was not renewed.

Leaves out: the zone itself, and internal certificates (`authority.py`, `components/kubernetes/identity.py`).
Source: docs.aws.amazon.com/acm/latest/userguide/dns-validation.html, cloudwatch-metrics.html beside it.
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_aws.acm.certificate import Certificate
from pulumi_aws.acm.certificate_validation import CertificateValidation
from pulumi_aws.cloudwatch.metric_alarm import MetricAlarm
from pulumi_aws.route53.record import Record
from pydantic import BaseModel, ConfigDict, Field

from components import contracts
from components.ready import after

DAY = 86_400
# ACM renews 60 days before the end: docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html.
LATE_DAYS = 30
PROOF_SECONDS = 300
# Whoever runs the zone has as long as `up` waits; a later `up` goes on from there.
WAIT = "4h"


class CertificatesArgs(BaseModel):
    """Whose names, and who is told. `public_zone` is the id of a hosted zone of ours that serves them.

    `topic` is the ARN of the topic that alarms go to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    hosts: tuple[str, ...] = Field(min_length=1)
    topic: pulumi.Output[str]
    public_zone: str | None = None
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Certificates(pulumi.ComponentResource):
    """`handle` for the load balancer, `records` by host for whoever runs the zone."""

    handle: contracts.Certificate
    records: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: CertificatesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Certificates", name, None, opts)
        first, *others = args.hosts
        certificate = Certificate(
            name,
            domain_name=first,
            subject_alternative_names=others,
            validation_method="DNS",
            key_algorithm="EC_prime256v1",
            options={"certificate_transparency_logging_preference": "ENABLED"},
            tags={**args.labels, "Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        proofs = {host: _proof(certificate, host) for host in args.hosts}
        records = self._records(name, args.public_zone, proofs) if args.public_zone else None
        if records is None:
            _tell(proofs)
        proved = CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=records,
            opts=pulumi.ResourceOptions(parent=self, custom_timeouts=pulumi.CustomTimeouts(create=WAIT)),
        )
        guards = [self._alarm(name, args, certificate), proved]
        self.handle = contracts.Certificate(id=after(certificate.arn, *guards), hosts=args.hosts)
        self.records = {host: _told(proof) for host, proof in proofs.items()}
        self.register_outputs({"records": dict(self.records)})

    def _records(
        self, name: str, zone: str, proofs: Mapping[str, pulumi.Output[tuple[str, str, str]]]
    ) -> list[pulumi.Output[str]]:
        """The names of the records, in a zone of ours."""
        return [
            Record(
                f"{name}-{host}",
                zone_id=zone,
                name=proof.apply(lambda known: known[0]),
                type=proof.apply(lambda known: known[1]),
                records=[proof.apply(lambda known: known[2])],
                ttl=PROOF_SECONDS,
                opts=pulumi.ResourceOptions(parent=self),
            ).fqdn
            for host, proof in proofs.items()
        ]

    def _alarm(self, name: str, args: CertificatesArgs, certificate: Certificate) -> MetricAlarm:
        return MetricAlarm(
            f"{name}-expiry",
            name=f"{name}-expiry",
            alarm_description=f"The certificate of {args.hosts[0]} was not renewed; see its proofs in DNS.",
            namespace="AWS/CertificateManager",
            metric_name="DaysToExpiry",
            dimensions={"CertificateArn": certificate.arn},
            statistic="Minimum",
            period=DAY,
            evaluation_periods=1,
            comparison_operator="LessThanThreshold",
            threshold=LATE_DAYS,
            # An expired certificate is measured no more.
            treat_missing_data="breaching",
            alarm_actions=[args.topic],
            ok_actions=[args.topic],
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _proof(certificate: Certificate, host: str) -> pulumi.Output[tuple[str, str, str]]:
    """Name, type and value of the record that proves a host."""

    def find(options: list[object]) -> tuple[str, str, str]:
        for option in options:
            if getattr(option, "domain_name", None) == host:
                return (
                    str(getattr(option, "resource_record_name", "")),
                    str(getattr(option, "resource_record_type", "")),
                    str(getattr(option, "resource_record_value", "")),
                )
        raise ValueError(
            f"ACM told no record that proves {host}; run `pulumi refresh`, and look at its requests"
        )

    return certificate.domain_validation_options.apply(lambda options: find(list(options)))


def _tell(proofs: Mapping[str, pulumi.Output[tuple[str, str, str]]]) -> None:
    """Says at once what `up` then waits for."""

    def say(record: tuple[str, str, str]) -> None:
        pulumi.log.info(f"the certificate waits for this record in the public zone: {' '.join(record)}")

    for proof in proofs.values():
        proof.apply(say)


def _told(proof: pulumi.Output[tuple[str, str, str]]) -> pulumi.Output[str]:
    return proof.apply(" ".join)
