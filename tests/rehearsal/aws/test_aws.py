"""AWS through the interface that the core calls: places, names, refusals, data sources."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.aws import PACKAGE
from rehearsal.model import UNKNOWN, Context, Existing, Refusal, Resource
from tests.rehearsal.clouds import EMPTY, Caller, Cloud
from tests.rehearsal.sdk_shapes import served

PLACE = Context("aws", {"region": "eu-central-1"})
AWS = served("aws")


def created(type: str, name: str, context: Context = PLACE, /, **inputs: Any) -> dict[str, Any]:
    return Caller(AWS, context).created(type, name, inputs)


def refused(type: str, /, **inputs: Any) -> dict[str, str]:
    return Caller(AWS, PLACE).refused(type, inputs)


def ask(token: str, /, **args: Any) -> Mapping[str, Any]:
    return Caller(AWS, PLACE).ask(token, args)


@pytest.mark.parametrize(
    ("type", "inputs", "name", "pattern"),
    [
        (
            "aws:ec2/vpc:Vpc",
            {"cidrBlock": "10.0.0.0/16"},
            "arn",
            "arn:aws:ec2:eu-central-1:123456789012:vpc/vpc-",
        ),
        (
            "aws:s3/bucket:Bucket",
            {"bucket": "data"},
            "bucketRegionalDomainName",
            "data.s3.eu-central-1.amazonaws.com",
        ),
        ("aws:s3/bucket:Bucket", {"bucket": "data"}, "arn", "arn:aws:s3:::data"),
        ("aws:iam/role:Role", {"name": "r", "path": "/a/", "assumeRolePolicy": "{}"}, "arn", "role/a/r"),
        (
            "aws:sqs/queue:Queue",
            {"name": "q"},
            "url",
            "https://sqs.eu-central-1.amazonaws.com/123456789012/q",
        ),
        (
            "aws:lb/loadBalancer:LoadBalancer",
            {"name": "lb", "internal": True, "subnets": ["subnet-1", "subnet-2"]},
            "dnsName",
            "internal-lb-",
        ),
        (
            "aws:lb/loadBalancer:LoadBalancer",
            {"name": "n", "loadBalancerType": "network"},
            "arn",
            "loadbalancer/net/n/",
        ),
        ("aws:alb/targetGroup:TargetGroup", {"name": "t", "targetType": "lambda"}, "arn", "targetgroup/t/"),
        ("aws:secretsmanager/secret:Secret", {"name": "s"}, "arn", "123456789012:secret:s-"),
    ],
)
def test_outputs_have_the_formats_of_aws(type: str, inputs: Any, name: str, pattern: str) -> None:
    if type == "aws:iam/role:Role":
        statement = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
        inputs["assumeRolePolicy"] = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert pattern in str(created(type, "thing", **inputs)[name])


def test_partitions_and_accounts_follow_the_configuration() -> None:
    roles = json.dumps([{"roleArn": "arn:aws-us-gov:iam::210987654321:role/deployer"}])
    place = Context("aws", {"region": "us-gov-west-1", "assumeRoles": roles})
    assert created("aws:sns/topic:Topic", "news", place, name="news")["arn"] == (
        "arn:aws-us-gov:sns:us-gov-west-1:210987654321:news"
    )
    own = created("aws:sns/topic:Topic", "news", name="news", region="cn-north-1")
    assert own["arn"].startswith("arn:aws-cn:sns:cn-north-1:")
    caller = PACKAGE.invoke("aws:index/getCallerIdentity:getCallerIdentity", {}, place, EMPTY)
    assert caller["accountId"] == "210987654321"


def test_names_in_two_regions_are_two_objects_and_global_ones_are_one() -> None:
    other = Context("aws", {"region": "us-west-2"})
    function, role = "aws:lambda/function:Function", "aws:iam/role:Role"
    assert PACKAGE.realm(function, PLACE) != PACKAGE.realm(function, other)
    assert PACKAGE.realm(role, PLACE) == PACKAGE.realm(role, other)


def test_tags_lie_over_the_default_tags() -> None:
    defaults = Context("aws", {"region": "eu-west-1", "defaultTags": {"tags": {"team": "a", "cost": "1"}}})
    made = created("aws:sns/topic:Topic", "news", defaults, tags={"team": "b"})
    assert made["tags"] == {"team": "b"}
    assert made["tagsAll"] == {"team": "b", "cost": "1"}


def test_a_prefix_makes_the_name_an_output() -> None:
    made = created("aws:sqs/queue:Queue", "jobs", namePrefix="work-")
    assert made["name"].startswith("work-")
    assert len(made["name"]) == len("work-") + 26
    assert made["arn"].endswith(made["name"])


def test_automatic_names_fit_their_services() -> None:
    bucket = created("aws:s3/bucket:Bucket", "A" * 80)["bucket"]
    assert len(bucket) == 63
    assert bucket == bucket.lower()
    key = created("aws:kms/alias:Alias", "main", targetKeyId="1234")["name"]
    assert key.startswith("alias/main-")


def test_a_cluster_s_authority_is_a_certificate() -> None:
    role = "arn:aws:iam::123456789012:role/eks"
    made = created(
        "aws:eks/cluster:Cluster", "main", roleArn=role, vpcConfig={"subnetIds": ["subnet-a", "subnet-b"]}
    )
    data = base64.b64decode(made["certificateAuthority"]["data"])
    assert x509.load_pem_x509_certificate(data).subject.rfc4514_string() == "CN=kubernetes"
    assert made["vpcConfig"]["endpointPublicAccess"] is True


@pytest.mark.parametrize(
    ("type", "inputs", "path", "words"),
    [
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/8"}, "cidrBlock", "/16"),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.1/16"}, "cidrBlock", "host bits"),
        ("aws:s3/bucket:Bucket", {"bucket": "My_Bucket"}, "bucket", "lower-case"),
        ("aws:kms/key:Key", {"deletionWindowInDays": 3}, "deletionWindowInDays", "7"),
        (
            "aws:kms/key:Key",
            {"customerMasterKeySpec": "ECC_NIST_P384", "enableKeyRotation": True},
            "enableKeyRotation",
            "symmetric",
        ),
        ("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 15}, "retentionInDays", "14"),
        ("aws:ec2/securityGroup:SecurityGroup", {"name": "sg-mine"}, "name", "not starting with sg-"),
        (
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            {"ipProtocol": "-1", "fromPort": 1, "cidrIpv4": "0.0.0.0/0", "securityGroupId": "sg"},
            "fromPort",
            "all ports",
        ),
        ("aws:iam/role:Role", {"assumeRolePolicy": "{"}, "assumeRolePolicy", "invalid JSON"),
        (
            "aws:iam/role:Role",
            {"assumeRolePolicy": '{"Statement":[{"Effect":"Allow","Action":"*"}]}'},
            "assumeRolePolicy.Statement[0]",
            "Principal",
        ),
        (
            "aws:iam/policy:Policy",
            {"policy": '{"Statement":{"Effect":"Allow","Action":"*"}}'},
            "policy.Statement[0]",
            "Resource",
        ),
        (
            "aws:lambda/function:Function",
            {"role": "arn:aws:iam::123456789012:role/r", "imageUri": "x", "packageType": "Zip"},
            "handler",
            "missing",
        ),
        (
            "aws:dynamodb/table:Table",
            {
                "hashKey": "id",
                "attributes": [{"name": "other", "type": "S"}],
                "billingMode": "PAY_PER_REQUEST",
            },
            "attributes",
            "key",
        ),
        (
            "aws:ecs/taskDefinition:TaskDefinition",
            {
                "family": "f",
                "containerDefinitions": "[]",
                "requiresCompatibilities": ["FARGATE"],
                "networkMode": "awsvpc",
                "cpu": "256",
                "memory": "4096",
            },
            "memory",
            "512 to 2048",
        ),
        (
            "aws:eks/cluster:Cluster",
            {"roleArn": "arn:aws:iam::123456789012:role/r", "vpcConfig": {"subnetIds": ["one"]}},
            "vpcConfig.subnetIds",
            "two subnets",
        ),
        (
            "aws:wafv2/webAclAssociation:WebAclAssociation",
            {
                "webAclArn": "arn:aws:wafv2:x",
                "resourceArn": "arn:aws:apigateway:us-east-1::/apis/abc/stages/x",
            },
            "resourceArn",
            "HTTP API",
        ),
    ],
)
def test_what_aws_refuses_is_refused(type: str, inputs: Any, path: str, words: str) -> None:
    assert words in refused(type, **inputs).get(path, "nothing")


def test_unknown_values_refuse_nothing() -> None:
    assert refused("aws:ec2/vpc:Vpc", cidrBlock=UNKNOWN) == {}
    assert refused("aws:iam/role:Role", assumeRolePolicy=UNKNOWN) == {}
    assert (
        refused(
            "aws:dynamodb/table:Table", hashKey=UNKNOWN, attributes=UNKNOWN, billingMode="PAY_PER_REQUEST"
        )
        == {}
    )
    assert refused("aws:sns/topic:Topic", namePrefix=UNKNOWN) == {}


def subnet(name: str, block: str) -> Resource:
    return Caller(AWS, PLACE).resource("aws:ec2/subnet:Subnet", name, {"vpcId": "vpc-1", "cidrBlock": block})


def test_subnets_lie_in_their_network_and_apart() -> None:
    vpc = Existing("aws:ec2/vpc:Vpc", "vpc-1", "urn:v", {"cidrBlock": "10.0.0.0/16"}, {})
    taken = {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}
    cloud = Cloud(vpc, Existing("aws:ec2/subnet:Subnet", "subnet-1", "urn:s", taken, taken))
    for block, words in (("10.1.0.0/24", "outside"), ("10.0.0.128/25", "overlaps"), ("10.0.1.0/24", "")):
        refusal = PACKAGE.refuse_create(subnet("new", block), "subnet-2", cloud)
        assert words in (refusal.problem if refusal else ""), block
        assert (refusal is None) == (words == "")
    assert PACKAGE.refuse_delete(vpc, cloud) is not None


def test_a_bucket_with_objects_stays_unless_forced() -> None:
    holds = Existing("aws:s3/bucketObjectv2:BucketObjectv2", "b/k", "urn:o", {"bucket": "b"}, {"bucket": "b"})
    for forced in (False, True):
        bucket = Existing("aws:s3/bucket:Bucket", "b", "urn:b", {"forceDestroy": forced}, {})
        assert (PACKAGE.refuse_delete(bucket, Cloud(bucket, holds)) is None) is forced


def test_the_default_network_has_a_subnet_in_every_zone() -> None:
    zones = ask("aws:index/getAvailabilityZones:getAvailabilityZones")["names"]
    vpc = ask("aws:ec2/getVpc:getVpc", default=True)
    filters = [{"name": "vpc-id", "values": [vpc["id"]]}]
    ids = ask("aws:ec2/getSubnets:getSubnets", filters=filters)["ids"]
    assert len(set(ids)) == len(zones) == 3
    found = [ask("aws:ec2/getSubnet:getSubnet", id=id) for id in ids]
    assert sorted(item["availabilityZone"] for item in found) == zones


def test_what_is_not_there_is_refused_in_words() -> None:
    for token, args in (
        ("aws:eks/getCluster:getCluster", {"name": "none"}),
        ("aws:iam/getRole:getRole", {"name": "none"}),
        ("aws:ssm/getParameter:getParameter", {"name": "/mine"}),
        ("aws:ec2/getVpc:getVpc", {"id": "vpc-none"}),
        ("aws:quicksight/getTheme:getTheme", {"themeId": "x"}),
    ):
        with pytest.raises(Refusal) as caught:
            ask(token, **args)
        assert caught.value.sentence()


WRITTEN = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Action": [
        "s3:ListBucket",
        "s3:GetObject"
      ],
      "Resource": "arn:aws:s3:::b/${aws:username}/*",
      "Principal": {
        "AWS": "arn:aws:iam::1:root"
      },
      "Condition": {
        "StringEquals": {
          "aws:SourceVpc": "vpc-1"
        }
      }
    }
  ]
}"""


def test_a_policy_document_is_written_as_the_provider_writes_it() -> None:
    statement = {
        "sid": "Read",
        "actions": ["s3:GetObject", "s3:ListBucket"],
        "resources": ["arn:aws:s3:::b/&{aws:username}/*"],
        "principals": [{"type": "AWS", "identifiers": ["arn:aws:iam::1:root"]}],
        "conditions": [{"test": "StringEquals", "variable": "aws:SourceVpc", "values": ["vpc-1"]}],
    }
    made = ask("aws:iam/getPolicyDocument:getPolicyDocument", statements=[statement])
    assert made["json"] == WRITTEN


TEXTS = st.lists(
    st.from_regex(r"[a-z]{1,6}:[A-Z][a-z]{1,8}", fullmatch=True), min_size=1, max_size=4, unique=True
)


@given(st.lists(st.tuples(st.sampled_from(["A", "B", "C"]), TEXTS), min_size=1, max_size=5))
def test_the_last_statement_of_a_sid_counts(items: list[tuple[str, list[str]]]) -> None:
    documents = [
        json.dumps({"Statement": {"Sid": sid, "Effect": "Deny", "Action": actions, "Resource": "*"}})
        for sid, actions in items
    ]
    made = ask("aws:iam/getPolicyDocument:getPolicyDocument", overridePolicyDocuments=documents)
    written = {item["Sid"]: item["Action"] for item in json.loads(made["json"])["Statement"]}
    assert written == dict(items)
    assert json.loads(made["minifiedJson"]) == json.loads(made["json"])
