"""Data sources of the types that the stacks use: found in the record, and refused in AWS's words without."""

from typing import Any

import pytest

from rehearsal.model import Context, Refusal
from tests.rehearsal.aws.test_cases import read
from tests.rehearsal.clouds import Caller, Cloud
from tests.rehearsal.sdk_shapes import served

CALLER = Caller(served("aws"), Context("aws", {"region": "eu-central-1"}))
TAKEN = {
    type: inputs
    for file in ("balancers", "callers", "records", "stores", "waf")
    for type, inputs in read(file)["taken"].items()
}
MORE: dict[str, dict[str, Any]] = {
    "aws:iam/role:Role": {"name": "trainer", "path": "/ml/", "assumeRolePolicy": ""},
    "aws:eks/cluster:Cluster": {
        "name": "c",
        "roleArn": "arn:aws:iam::123456789012:role/r",
        "vpcConfig": {"subnetIds": ["a", "b"]},
    },
    "aws:eks/nodeGroup:NodeGroup": {
        "clusterName": "c",
        "nodeGroupName": "gpu",
        "nodeRoleArn": "arn:aws:iam::123456789012:role/r",
        "subnetIds": ["a"],
        "scalingConfig": {"minSize": 0, "desiredSize": 0, "maxSize": 1},
    },
    "aws:eks/addon:Addon": {"clusterName": "c", "addonName": "vpc-cni"},
    "aws:kms/key:Key": {"description": "data"},
    "aws:s3/bucketObjectv2:BucketObjectv2": {"bucket": "b", "key": "k", "content": "text"},
    "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList": {
        "name": "blocked",
        "domains": ["*."],
    },
    "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig": {
        "name": "queries",
        "destinationArn": "arn:aws:logs:eu-central-1:123456789012:log-group:queries",
    },
}


def made(type: str) -> Any:
    return CALLER.existing(type, "made", {**TAKEN, **MORE}[type])


def ask(token: str, args: dict[str, Any], *there: Any) -> Any:
    name = token.rsplit("/", 1)[-1]
    return Caller(CALLER.package, CALLER.context, Cloud(*there)).ask(f"aws:{token}:{name}", args)


@pytest.mark.parametrize(
    ("token", "type", "args"),
    [
        ("wafv2/getWebAcl", "aws:wafv2/webAcl:WebAcl", {"name": "edge", "scope": "REGIONAL"}),
        ("lb/getLoadBalancer", "aws:lb/loadBalancer:LoadBalancer", {"name": "edge"}),
        ("lb/getListener", "aws:lb/listener:Listener", {"loadBalancerArn": "{loadBalancerArn}", "port": 443}),
        ("lb/getListenerRule", "aws:lb/listenerRule:ListenerRule", {"arn": "{arn}"}),
        ("lb/getTargetGroup", "aws:lb/targetGroup:TargetGroup", {"name": "pods"}),
        ("lb/getTrustStore", "aws:lb/trustStore:TrustStore", {"name": "clients"}),
        ("cognito/getUserPool", "aws:cognito/userPool:UserPool", {"userPoolId": "{id}"}),
        (
            "cognito/getUserPoolClient",
            "aws:cognito/userPoolClient:UserPoolClient",
            {"clientId": "{id}", "userPoolId": "{userPoolId}"},
        ),
        ("acm/getCertificate", "aws:acm/certificate:Certificate", {"domain": "models.example.com"}),
        (
            "acmpca/getCertificateAuthority",
            "aws:acmpca/certificateAuthority:CertificateAuthority",
            {"arn": "{arn}"},
        ),
        ("secretsmanager/getSecret", "aws:secretsmanager/secret:Secret", {"name": "keys/support-app"}),
        ("shield/getProtection", "aws:shield/protection:Protection", {"protectionId": "{id}"}),
        ("guardduty/getDetector", "aws:guardduty/detector:Detector", {}),
        ("cloudwatch/getLogGroup", "aws:cloudwatch/logGroup:LogGroup", {"name": "/aws/eks/c/cluster"}),
        ("sns/getTopic", "aws:sns/topic:Topic", {"name": "alerts"}),
        (
            "glue/getCatalogTable",
            "aws:glue/catalogTable:CatalogTable",
            {"name": "datasets", "databaseName": "datasets"},
        ),
        ("lakeformation/getDataLakeSettings", "aws:lakeformation/dataLakeSettings:DataLakeSettings", {}),
        ("datazone/getDomain", "aws:datazone/domain:Domain", {"name": "models"}),
        ("s3/getBucket", "aws:s3/bucket:Bucket", {"bucket": "datasets-123456789012"}),
        ("ecr/getRepository", "aws:ecr/repository:Repository", {"name": "palisade/images/server"}),
        ("signer/getSigningProfile", "aws:signer/signingProfile:SigningProfile", {"name": "palisade_images"}),
        ("kms/getKey", "aws:kms/key:Key", {"keyId": "{arn}"}),
        ("eks/getCluster", "aws:eks/cluster:Cluster", {"name": "c"}),
        ("eks/getNodeGroup", "aws:eks/nodeGroup:NodeGroup", {"clusterName": "c", "nodeGroupName": "gpu"}),
        ("eks/getAddon", "aws:eks/addon:Addon", {"clusterName": "c", "addonName": "vpc-cni"}),
        (
            "route53/getResolverFirewallDomainList",
            "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList",
            {"firewallDomainListId": "{id}"},
        ),
        (
            "route53/getQueryLogConfig",
            "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig",
            {"name": "queries"},
        ),
    ],
)
def test_what_is_there_is_found_and_else_refused(token: str, type: str, args: dict[str, Any]) -> None:
    there = made(type)
    known = {**there.outputs, "id": there.id}
    asked = {key: known[value[1:-1]] if str(value).startswith("{") else value for key, value in args.items()}
    found = ask(token, asked, there)
    assert there.outputs.get("arn", there.id) in (found.get("arn"), found["id"])
    with pytest.raises(Refusal) as caught:
        ask(token, asked)
    assert caught.value.sentence()


def test_a_key_is_found_by_its_alias() -> None:
    key = made("aws:kms/key:Key")
    alias = CALLER.existing("aws:kms/alias:Alias", "a", {"name": "alias/data", "targetKeyId": key.id})
    assert ask("kms/getKey", {"keyId": "alias/data"}, key, alias)["arn"] == key.outputs["arn"]
    assert ask("kms/getKey", {"keyId": alias.outputs["arn"]}, key, alias)["keyState"] == "Enabled"
    assert ask("kms/getAlias", {"name": "alias/data"}, key, alias)["targetKeyArn"] == key.outputs["arn"]
    own = ask("kms/getAlias", {"name": "alias/aws/s3"})
    assert own["targetKeyArn"].startswith("arn:aws:kms:eu-central-1:123456789012:key/")
    with pytest.raises(Refusal, match="NotFoundException"):
        ask("kms/getAlias", {"name": "alias/data"})


def test_lists_hold_what_is_there() -> None:
    pool = made("aws:cognito/userPool:UserPool")
    client = CALLER.existing(
        "aws:cognito/userPoolClient:UserPoolClient", "c", {"name": "support-app", "userPoolId": pool.id}
    )
    assert ask("cognito/getUserPools", {"name": "callers"}, pool)["ids"] == [pool.id]
    assert ask("cognito/getUserPoolClients", {"userPoolId": pool.id}, client)["clientNames"] == [
        "support-app"
    ]
    cluster, nodes = made("aws:eks/cluster:Cluster"), made("aws:eks/nodeGroup:NodeGroup")
    assert ask("eks/getClusters", {}, cluster)["names"] == ["c"]
    assert ask("eks/getNodeGroups", {"clusterName": "c"}, nodes)["names"] == ["gpu"]
    assert ask("eks/getNodeGroups", {"clusterName": "d"}, nodes)["names"] == []
    repository = made("aws:ecr/repository:Repository")
    assert ask("ecr/getRepositories", {}, repository)["names"] == ["palisade/images/server"]
    group = made("aws:cloudwatch/logGroup:LogGroup")
    assert ask("cloudwatch/getLogGroups", {"logGroupNamePrefix": "/aws/eks"}, group)["logGroupNames"]
    assert ask("cloudwatch/getLogGroups", {"logGroupNamePrefix": "/aws/rds"}, group)["arns"] == []
    secret = made("aws:secretsmanager/secret:Secret")
    named = {"filters": [{"name": "name", "values": ["keys/"]}]}
    assert ask("secretsmanager/getSecrets", named, secret)["arns"] == [secret.outputs["arn"]]
    tagged = CALLER.existing(
        "aws:lb/loadBalancer:LoadBalancer",
        "b",
        {**TAKEN["aws:lb/loadBalancer:LoadBalancer"], "tags": {"a": "1"}},
    )
    assert ask("lb/getLbs", {"tags": {"a": "1"}}, tagged)["arns"] == [tagged.outputs["arn"]]
    assert ask("lb/getLbs", {"tags": {"a": "2"}}, tagged)["arns"] == []


def test_roles_are_found_by_name_and_path() -> None:
    role = made("aws:iam/role:Role")
    assert ask("iam/getRoles", {"nameRegex": "^train"}, role)["arns"] == [role.outputs["arn"]]
    assert ask("iam/getRoles", {"pathPrefix": "/ops/"}, role)["names"] == []


def test_who_took_a_role_is_the_role() -> None:
    taken = ask("iam/getSessionContext", {"arn": "arn:aws:sts::123456789012:assumed-role/deployer/ci"})
    assert taken["issuerArn"] == "arn:aws:iam::123456789012:role/deployer"
    assert (taken["issuerName"], taken["sessionName"]) == ("deployer", "ci")
    user = "arn:aws:iam::123456789012:user/a"
    assert ask("iam/getSessionContext", {"arn": user})["issuerArn"] == user


def test_aws_keeps_a_bus_and_groups_of_rules() -> None:
    assert ask("cloudwatch/getEventBus", {"name": "default"})["arn"].endswith(":event-bus/default")
    with pytest.raises(Refusal, match="does not exist"):
        ask("cloudwatch/getEventBus", {"name": "mine"})
    group = {"name": "AWSManagedRulesCommonRuleSet", "vendorName": "AWS", "scope": "REGIONAL"}
    assert ask("wafv2/getManagedRuleGroup", group)["capacity"] == 700
    with pytest.raises(Refusal, match="WAFNonexistentItemException"):
        ask("wafv2/getManagedRuleGroup", {**group, "vendorName": "Acme"})


def test_an_object_is_read_as_it_was_written() -> None:
    there = made("aws:s3/bucketObjectv2:BucketObjectv2")
    assert ask("s3/getObject", {"bucket": "b", "key": "k"}, there)["body"] == "text"
