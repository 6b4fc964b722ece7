"""Certificates of the edge and of what stands behind it: the vault holds their keys and renews them.

Builds the identity that the edge reads its certificate as, and who else may read which.

Azure makes certificates inside the network only, by no template: a person or the deployer asks for both once,
by the requests that this exports, and a public authority that the vault is connected with issues and renews
them (learn.microsoft.com/azure/key-vault/certificates/how-to-integrate-certificate-authority). Until then no
edge is built: it has nothing to show (`azure.certificate` in the stack file).

Guarantees: no private key in a file or a state; the edge reads its own certificate and nothing else, and pods
the other one; renewal is asked for 30 days before the end, and somebody is told of an end that comes near
(`alerts.py`).

Leaves out: the authority's account, and internal certificates (`components/kubernetes/identity.py`).
Source: learn.microsoft.com/azure/application-gateway/key-vault-certs (Secrets User, no version).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pydantic import BaseModel, ConfigDict, Field

from components import contracts
from components.azure.grants import Granted, grant, settled
from components.azure.identity import actor
from components.azure.place import Place
from components.azure.secrets import KEY_BITS, MOST_MONTHS, SECRETS, TOLD_DAYS
from components.azure.vaults import Vault
from components.contracts import Identity
from components.ready import after


class CertificatesArgs(BaseModel):
    """Whose names, and which certificates of the vault they have.

    `vault` holds both. `certificate` is of the `hosts`, `inside` of `inside_host`, the name that
    only the edge asks pods by; `server` is who reads that one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place
    vault: Vault
    hosts: tuple[str, ...] = Field(min_length=1)
    certificate: str
    inside_host: str
    inside: str
    server: Identity
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])


class Certificates(pulumi.ComponentResource):
    """`handle` for the edge, `reader` the id of the identity that reads it, `inside` the other's name for
    pods, `requests` what to ask the vault for, by the certificate's name.
    """

    handle: contracts.Certificate
    reader: pulumi.Output[str]
    inside: pulumi.Output[str]
    requests: Mapping[str, str]

    def __init__(self, name: str, args: CertificatesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Certificates", name, None, opts)
        reader = actor(f"{name}-reader", args.place, args.labels, self)
        by_edge = self._reads(f"{name}-edge", args, args.certificate, reader.principal)
        by_pods = self._reads(f"{name}-pods", args, args.inside, args.server.principal)
        # Without a version: the edge looks for a new one every four hours.
        secret = pulumi.Output.concat(args.vault.uri, "secrets/", args.certificate)
        self.handle = contracts.Certificate(id=settled(secret, by_edge), hosts=args.hosts)
        self.reader = settled(reader.id, by_edge)
        self.inside = settled(args.inside, by_pods)
        self.requests = {
            args.certificate: request_of(args.hosts),
            args.inside: request_of((args.inside_host,)),
        }
        self.register_outputs({"requests": dict(self.requests)})

    def _reads(
        self, name: str, args: CertificatesArgs, certificate: str, principal: pulumi.Output[str]
    ) -> pulumi.Resource:
        scope = after(args.place.id(SECRETS, args.vault.name, certificate), args.vault.resource)
        return grant(name, args.place, Granted("key-vault-secrets-user", principal, scope), self)


def request_of(hosts: tuple[str, ...]) -> str:
    """What `az keyvault certificate create --policy` takes; `issuer` is to be the authority's name there."""
    policy: dict[str, Any] = {
        "issuerParameters": {"name": "AUTHORITY"},
        "keyProperties": {"exportable": True, "keyType": "RSA", "keySize": KEY_BITS, "reuseKey": False},
        "secretProperties": {"contentType": "application/x-pkcs12"},
        "lifetimeActions": [
            {"action": {"actionType": "AutoRenew"}, "trigger": {"daysBeforeExpiry": TOLD_DAYS}}
        ],
        "x509CertificateProperties": {
            "subject": f"CN={hosts[0]}",
            "subjectAlternativeNames": {"dnsNames": list(hosts)},
            "ekus": ["1.3.6.1.5.5.7.3.1"],
            "validityInMonths": MOST_MONTHS - 1,
        },
    }
    return json.dumps(policy, sort_keys=True)
