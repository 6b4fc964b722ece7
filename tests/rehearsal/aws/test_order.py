"""What AWS refuses beside what is there: scopes, authorities, protection, recorders, keys and buckets."""

import json
from typing import Any

import pytest
from cryptography import x509

from rehearsal.aws import PACKAGE
from rehearsal.model import Context, Existing
from tests.rehearsal.clouds import EMPTY, Caller, Cloud
from tests.rehearsal.sdk_shapes import served

CALLER = Caller(served("aws"), Context("aws", {"region": "eu-central-1"}))
POOL, CLIENT = "aws:cognito/userPool:UserPool", "aws:cognito/userPoolClient:UserPoolClient"
SERVER, DOMAIN = "aws:cognito/resourceServer:ResourceServer", "aws:cognito/userPoolDomain:UserPoolDomain"
AUTHORITY, ISSUED = (
    "aws:acmpca/certificateAuthority:CertificateAuthority",
    "aws:acmpca/certificate:Certificate",
)
OWN = "aws:acmpca/certificateAuthorityCertificate:CertificateAuthorityCertificate"
KEY, ALIAS, KEY_POLICY = "aws:kms/key:Key", "aws:kms/alias:Alias", "aws:kms/keyPolicy:KeyPolicy"
LOGS, TRAIL, BUCKET = "aws:cloudwatch/logGroup:LogGroup", "aws:cloudtrail/trail:Trail", "aws:s3/bucket:Bucket"
RECORDER, STATUS = "aws:cfg/recorder:Recorder", "aws:cfg/recorderStatus:RecorderStatus"
CHANNEL, PACK = "aws:cfg/deliveryChannel:DeliveryChannel", "aws:cfg/conformancePack:ConformancePack"
FEATURE = "aws:guardduty/detectorFeature:DetectorFeature"
RESPONSE = "aws:shield/applicationLayerAutomaticResponse:ApplicationLayerAutomaticResponse"
INLINE = "aws:iam/rolePolicy:RolePolicy"


def refusal(type: str, inputs: Any, *there: Existing) -> str:
    resource = CALLER.resource(type, "new", inputs)
    found = PACKAGE.refuse_create(resource, PACKAGE.identify(resource), Cloud(*there) if there else EMPTY)
    return found.sentence() if found else ""


def policy(*services: str, action: str = "kms:*") -> str:
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    let = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [root, let] if services else [root]})


def test_a_client_asks_for_scopes_that_its_pool_has() -> None:
    pool = CALLER.existing(POOL, "p", {"name": "callers"})
    scopes = [{"scopeName": "ask", "scopeDescription": "Asks."}]
    server = {"identifier": "models", "name": "models", "userPoolId": pool.id, "scopes": scopes}
    client = {"userPoolId": pool.id, "allowedOauthScopes": ["models/ask"]}
    assert "ScopeDoesNotExistException: the pool has no scope models/ask" in refusal(CLIENT, client, pool)
    made = CALLER.existing(SERVER, "s", server)
    assert refusal(CLIENT, client, pool, made) == ""
    assert refusal(CLIENT, client) == ""
    assert made.outputs["scopeIdentifiers"] == ["models/ask"]
    assert made.id == f"{pool.id}|models"


def test_a_pool_with_a_domain_stays() -> None:
    pool = CALLER.existing(POOL, "p", {"name": "callers"})
    domain = CALLER.existing(DOMAIN, "d", {"domain": "callers", "userPoolId": pool.id})
    refused = PACKAGE.refuse_delete(pool, Cloud(pool, domain))
    assert refused is not None
    assert "it is in use by callers" in refused.sentence()


CONFIGURATION = {
    "keyAlgorithm": "EC_prime256v1",
    "signingAlgorithm": "SHA256WITHECDSA",
    "subject": {"commonName": "root"},
}
ROOT: dict[str, Any] = {"type": "ROOT", "certificateAuthorityConfiguration": CONFIGURATION}


def issued(above: Existing, template: str, days: int = 5, signing: str = "SHA256WITHECDSA") -> dict[str, Any]:
    return {
        "certificateAuthorityArn": above.id,
        "certificateSigningRequest": "request",
        "signingAlgorithm": signing,
        "templateArn": f"arn:aws:acm-pca:::template/{template}/V1",
        "validity": {"type": "DAYS", "value": str(days)},
    }


def test_an_authority_issues_once_it_has_a_certificate_of_its_own() -> None:
    root = CALLER.existing(AUTHORITY, "root", {**ROOT, "usageMode": "SHORT_LIVED_CERTIFICATE"})
    own = Existing(OWN, root.id, "urn:o", {"certificateAuthorityArn": root.id}, {})
    leaf, first = issued(root, "EndEntityClientAuthCertificate"), issued(root, "RootCACertificate", 3650)
    assert refusal(ISSUED, first, root) == ""
    assert "InvalidStateException: the authority has no certificate of its own yet" in refusal(
        ISSUED, leaf, root
    )
    assert refusal(ISSUED, leaf, root, own) == ""
    late = issued(root, "EndEntityClientAuthCertificate", 8)
    assert "the authority issues certificates of at most 7 days" in refusal(ISSUED, late, root, own)
    other = issued(root, "RootCACertificate", signing="SHA256WITHRSA")
    assert "InvalidArgsException: the authority's key is EC_prime256v1" in refusal(ISSUED, other, root)
    below = CALLER.existing(AUTHORITY, "below", {**ROOT, "type": "SUBORDINATE"})
    assert "the authority is no root" in refusal(ISSUED, issued(below, "RootCACertificate"), below)
    assert refusal(ISSUED, leaf) == ""


def test_requests_and_certificates_are_pem_that_parses() -> None:
    root = CALLER.existing(AUTHORITY, "root", ROOT)
    request = x509.load_pem_x509_csr(root.outputs["certificateSigningRequest"].encode())
    assert request.is_signature_valid
    made = CALLER.created(ISSUED, "own", issued(root, "RootCACertificate"))
    assert x509.load_pem_x509_certificate(made["certificate"].encode()).subject
    assert made["arn"].startswith(f"{root.id}/certificate/")


def test_shield_answers_for_what_it_protects_behind_a_firewall() -> None:
    balancer = CALLER.existing(
        "aws:lb/loadBalancer:LoadBalancer", "edge", {"name": "edge", "subnets": ["a", "b"], "internal": True}
    )
    arn = balancer.outputs["arn"]
    there = {"resourceArn": arn}
    protection = Existing("aws:shield/protection:Protection", "p", "urn:p", there, {})
    tie = Existing("aws:wafv2/webAclAssociation:WebAclAssociation", "t", "urn:t", there, {})
    asked = {"action": "BLOCK", **there}
    assert "ResourceNotFoundException: the load balancer has no protection" in refusal(
        RESPONSE, asked, balancer
    )
    assert "no web ACL is associated" in refusal(RESPONSE, asked, balancer, protection)
    assert refusal(RESPONSE, asked, balancer, protection, tie) == ""
    assert refusal(RESPONSE, asked) == ""


@pytest.mark.parametrize("service", ["logs.eu-central-1.amazonaws.com", "logs.amazonaws.com"])
def test_a_log_group_takes_a_key_that_lets_the_service_in(service: str) -> None:
    closed, open_ = (CALLER.existing(KEY, name, {"policy": policy(*names)}) for name, names in KEYS)
    words = "InvalidParameterException: the key's policy does not let CloudWatch Logs use it"
    assert words in refusal(LOGS, {"name": "g", "kmsKeyId": closed.outputs["arn"]}, closed)
    lets = CALLER.existing(KEY, "lets", {"policy": policy(service)})
    assert refusal(LOGS, {"name": "g", "kmsKeyId": lets.outputs["arn"]}, lets) == ""
    alias = CALLER.existing(ALIAS, "a", {"name": "alias/a", "targetKeyId": closed.id})
    assert words in refusal(LOGS, {"name": "g", "kmsKeyId": alias.outputs["arn"]}, closed, alias)
    own = Existing(KEY_POLICY, "k", "urn:k", {"keyId": closed.id, "policy": policy(service)}, {})
    assert refusal(LOGS, {"name": "g", "kmsKeyId": closed.outputs["arn"]}, closed, own) == ""
    assert words in refusal(LOGS, {"name": "g", "kmsKeyId": open_.outputs["arn"]}, open_)
    assert refusal(LOGS, {"name": "g", "kmsKeyId": "arn:aws:kms:eu-central-1:1:key/elsewhere"}, closed) == ""


KEYS = (("closed", ()), ("other", ("sns.amazonaws.com",)))


def test_a_trail_writes_where_it_may() -> None:
    bucket = CALLER.existing(BUCKET, "b", {"bucket": "trails"})
    key = CALLER.existing(KEY, "k", {"policy": policy()})
    asked = {"name": "t", "s3BucketName": "trails", "kmsKeyId": key.outputs["arn"]}
    assert "InsufficientS3BucketPolicyException" in refusal(TRAIL, asked, bucket, key)
    written = policy("cloudtrail.amazonaws.com", action="s3:Put*")
    lets = Existing(
        "aws:s3/bucketPolicy:BucketPolicy", "trails", "urn:p", {"bucket": "trails", "policy": written}, {}
    )
    assert "InsufficientEncryptionPolicyException" in refusal(TRAIL, asked, bucket, key, lets)
    open_ = CALLER.existing(KEY, "o", {"policy": policy("cloudtrail.amazonaws.com")})
    assert refusal(TRAIL, {**asked, "kmsKeyId": open_.outputs["arn"]}, bucket, open_, lets) == ""
    assert refusal(TRAIL, {"name": "t", "s3BucketName": "elsewhere"}) == ""


def test_a_recorder_starts_with_a_channel_and_stops_before_it_goes() -> None:
    recorder = CALLER.existing(RECORDER, "r", {"name": "r", "roleArn": "arn:aws:iam::123456789012:role/r"})
    channel = CALLER.existing(CHANNEL, "c", {"name": "c", "s3BucketName": "b"})
    status = CALLER.existing(STATUS, "s", {"name": "r", "isEnabled": True})
    on = {"name": "r", "isEnabled": True}
    pack = {"name": "pack", "templateBody": '{"Resources": {"A": {}}}'}
    assert "NoAvailableDeliveryChannelException" in refusal(STATUS, on, recorder)
    assert refusal(STATUS, {**on, "isEnabled": False}, recorder) == ""
    assert refusal(STATUS, on, recorder, channel) == ""
    assert "NoAvailableConfigurationRecorderException" in refusal(PACK, pack, recorder, channel)
    assert refusal(PACK, pack, recorder, channel, status) == ""
    assert refusal(PACK, pack) == ""
    held = PACKAGE.refuse_delete(channel, Cloud(channel, status))
    assert held is not None
    assert "LastDeliveryChannelDeleteFailedException" in held.sentence()
    assert PACKAGE.refuse_delete(channel, Cloud(channel)) is None


def test_clusters_are_watched_at_run_time_by_one_feature() -> None:
    first = {"detectorId": "d", "name": "EKS_RUNTIME_MONITORING", "status": "ENABLED"}
    there = Existing(FEATURE, "d/E", "urn:f", first, {})
    second = {**first, "name": "RUNTIME_MONITORING"}
    assert "EKS_RUNTIME_MONITORING is enabled already; enable one of the two" in refusal(
        FEATURE, second, there
    )
    assert refusal(FEATURE, {**second, "status": "DISABLED"}, there) == ""
    assert refusal(FEATURE, {**second, "detectorId": "other"}, there) == ""


def test_inline_policies_of_a_role_are_counted_together() -> None:
    def inline(name: str, size: int) -> dict[str, Any]:
        statement = {"Sid": "s" * size, "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}
        return {"role": "r", "name": name, "policy": json.dumps({"Statement": statement}, indent=9)}

    there = Existing(INLINE, "r:a", "urn:a", inline("a", 6000), {})
    assert refusal(INLINE, inline("b", 4000), there) == ""
    refused = refusal(INLINE, inline("b", 4200), there)
    assert "LimitExceeded: the inline policies of r have" in refused
    assert refusal(INLINE, {**inline("b", 4200), "role": "other"}, there) == ""


def test_a_lock_needs_versions_and_keeps_them() -> None:
    lock = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
    versions = "aws:s3/bucketVersioning:BucketVersioning"
    bucket = CALLER.existing(BUCKET, "b", {"bucket": "trails"})
    asked = {"bucket": "trails", "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 1}}}
    kept = {"bucket": "trails", "versioningConfiguration": {"status": "Enabled"}}
    enabled = Existing(versions, "trails", "urn:v", kept, {})
    assert "InvalidBucketState: versioning must be enabled" in refusal(lock, asked, bucket)
    assert refusal(lock, asked, bucket, enabled) == ""
    born = CALLER.existing(BUCKET, "b", {"bucket": "trails", "objectLockEnabled": True})
    assert refusal(lock, asked, born) == ""
    assert refusal(lock, asked) == ""
    locked = Existing(lock, "trails", "urn:l", asked, {})
    off = {**kept, "versioningConfiguration": {"status": "Suspended"}}
    assert "the bucket has an object lock, so its versions stay" in refusal(versions, off, bucket, locked)
    assert refusal(versions, kept, bucket, locked) == ""
