"""An authority, a certificate it signs, and a Kubernetes secret that holds both."""

import pulumi
import pulumi_tls as tls
from pulumi_kubernetes.core.v1 import Secret

ca_key = tls.PrivateKey("ca", algorithm="ECDSA", ecdsa_curve="P256")
ca = tls.SelfSignedCert(
    "ca",
    private_key_pem=ca_key.private_key_pem,
    is_ca_certificate=True,
    validity_period_hours=24 * 365,
    allowed_uses=["cert_signing", "crl_signing", "digital_signature"],
    subject=tls.SelfSignedCertSubjectArgs(common_name="Example CA", organization="Example"),
)

key = tls.PrivateKey("web", algorithm="RSA", rsa_bits=2048)
request = tls.CertRequest(
    "web",
    private_key_pem=key.private_key_pem,
    subject=tls.CertRequestSubjectArgs(common_name="web.example.com"),
    dns_names=["web.example.com", "localhost"],
    ip_addresses=["127.0.0.1"],
)
certificate = tls.LocallySignedCert(
    "web",
    cert_request_pem=request.cert_request_pem,
    ca_private_key_pem=ca_key.private_key_pem,
    ca_cert_pem=ca.cert_pem,
    validity_period_hours=24,
    allowed_uses=["server_auth", "key_encipherment", "digital_signature"],
)

Secret(
    "web-tls",
    type="kubernetes.io/tls",
    string_data={"tls.crt": certificate.cert_pem, "tls.key": key.private_key_pem},
)

public = tls.get_public_key_output(private_key_pem=key.private_key_pem)
shown = tls.get_certificate_output(content=certificate.cert_pem)
pulumi.export("fingerprint", key.public_key_fingerprint_sha256)
pulumi.export(
    "same", pulumi.Output.all(key.public_key_openssh, public.public_key_openssh).apply(lambda k: k[0] == k[1])
)
pulumi.export("issuer", shown.certificates[0].issuer)
pulumi.export("until", certificate.validity_end_time)
