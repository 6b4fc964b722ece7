"""Policies and other JSON in inputs: what AWS takes, and the sentence about what it refuses."""

import json
from typing import Any

import pytest

from rehearsal.model import UNKNOWN, Context
from tests.rehearsal.clouds import Caller
from tests.rehearsal.sdk_shapes import served

CALLER = Caller(served("aws"), Context("aws", {"region": "eu-central-1"}))
ROLE, POLICY, INLINE = "aws:iam/role:Role", "aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"
BUCKET, KEY = "aws:s3/bucketPolicy:BucketPolicy", "aws:kms/key:Key"
REPOSITORY, IMAGES = "aws:ecr/repositoryPolicy:RepositoryPolicy", "aws:ecr/lifecyclePolicy:LifecyclePolicy"
RULE = "aws:cloudwatch/eventRule:EventRule"

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
SHARED = {**READ, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
OWNED = {**SHARED, "Action": "kms:*", "Resource": "*"}
LAST = {
    "rulePriority": 2,
    "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9},
    "action": {"type": "expire"},
}
PLACES = {ROLE: "assumeRolePolicy", RULE: "eventPattern"}


def sentences(type: str, document: Any, **inputs: Any) -> list[str]:
    text = document if isinstance(document, str) else json.dumps(document)
    resource = CALLER.resource(type, "thing", {PLACES.get(type, "policy"): text, **inputs})
    checked = CALLER.package.knowledge.check(resource, None, CALLER.record)
    return [refusal.sentence() for refusal in checked.refusals]


def policy(*statements: Any, **more: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", **more, "Statement": list(statements)}


@pytest.mark.parametrize(
    ("type", "statement"),
    [
        (POLICY, READ),
        (POLICY, {**READ, "Sid": "Read1", "Action": ["s3:Get*", "bedrock-agentcore:*"]}),
        (POLICY, {"Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:iam::123456789012:role/a"}),
        (POLICY, {"Effect": "Allow", "Action": "*", "Resource": "*"}),
        (POLICY, {**READ, "Condition": {"ForAllValues:StringLikeIfExists": {"aws:TagKeys": ["a*"]}}}),
        (POLICY, {**READ, "Condition": {"Null": {"aws:TokenIssueTime": "true"}}}),
        (POLICY, {**READ, "Resource": "arn:aws:s3:::${aws:PrincipalTag/team}/*"}),
        (ROLE, TRUST),
        (
            ROLE,
            {
                **TRUST,
                "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Principal": {"Federated": "arn:aws:iam::1:saml"},
            },
        ),
        (BUCKET, {**SHARED, "Principal": "*", "Sid": "Only over TLS"}),
        (BUCKET, {**SHARED, "Principal": {"AWS": ["123456789012", "AROAABCDEFGHIJKLMNOP"]}}),
        (REPOSITORY, {"Effect": "Allow", "Action": "ecr:BatchGetImage", "Principal": {"AWS": "*"}}),
        (KEY, OWNED),
    ],
)
def test_a_sound_policy_is_taken(type: str, statement: Any) -> None:
    assert sentences(type, policy(statement)) == []
    assert sentences(type, {"Version": "2012-10-17", "Statement": statement}) == []


@pytest.mark.parametrize(
    ("type", "change", "sentence"),
    [
        (POLICY, {"Effect": "allow"}, "Effect: is neither Allow nor Deny; write one of the two"),
        (POLICY, {"Action": None}, "Statement[0]: names no Action; write Action or NotAction"),
        (POLICY, {"Action": "GetObject"}, '"GetObject" is no action; write service:Action, or *'),
        (POLICY, {"Action": "s3*:Get"}, '"s3*:Get" is no action; write service:Action, or *'),
        (
            POLICY,
            {"Action": ["s3:Get*", "bedrok:InvokeModel"]},
            '"bedrok:InvokeModel" is an action of no service; write the prefix that AWS\'s table has',
        ),
        (POLICY, {"NotAction": "iam:*"}, "names both Action and NotAction; write one of the two"),
        (POLICY, {"NotResource": "*"}, "names both Resource and NotResource; write one of the two"),
        (POLICY, {"Resource": None}, "Statement[0]: names no Resource; write Resource or NotResource"),
        (POLICY, {"Resource": "my-bucket"}, 'Resource: "my-bucket" is no ARN; write an ARN, or *'),
        (POLICY, {"Principal": "*"}, "a policy of an identity names a Principal; leave it out"),
        (POLICY, {"Actions": "s3:*"}, "Actions: is no element of a statement; leave it out"),
        (POLICY, {"Sid": "may read"}, 'Sid: "may read" is no name; use letters and digits'),
        (POLICY, {"Condition": {"StringEqual": {"a:b": "c"}}}, "StringEqual: is no operator of conditions;"),
        (
            POLICY,
            {"Condition": {"NullIfExists": {"a:b": "c"}}},
            "NullIfExists: is no operator of conditions;",
        ),
        (POLICY, {"Condition": {"Bool": "true"}}, "Bool: compares nothing; write key and value"),
        (
            POLICY,
            {"Condition": {"Bool": {"SecureTransport": "true"}}},
            '"SecureTransport" is no condition key; write one such as aws:SourceArn',
        ),
        (POLICY, {"Condition": ["Bool"]}, "Condition: is no object; write operator, key and value"),
        (INLINE, {"Effect": None}, "Effect: is neither Allow nor Deny; write one of the two"),
        (
            ROLE,
            {"Action": "s3:GetObject"},
            '"s3:GetObject" is nothing a trust policy allows; write actions of sts, such as sts:AssumeRole',
        ),
        (ROLE, {"Resource": "*"}, "a trust policy names a Resource; leave it out"),
        (ROLE, {"Principal": None}, "Statement[0]: names no Principal; write who is meant"),
        (
            ROLE,
            {"Principal": {"Service": "ec2"}},
            '"ec2" is no service; write one such as lambda.amazonaws.com',
        ),
        (BUCKET, {"Principal": None}, "Statement[0]: names no Principal; write who is meant"),
        (
            BUCKET,
            {"Principal": "arn:aws:iam::123456789012:root"},
            'names nobody; write {"AWS": …}, {"Service": …} or "*"',
        ),
        (
            BUCKET,
            {"Principal": {"Role": "a"}},
            "Principal.Role: is no kind of principal; write one of AWS, Service, Federated, CanonicalUser",
        ),
        (
            BUCKET,
            {"Principal": {"AWS": "deployer"}},
            '"deployer" is no principal; write an account or an ARN of IAM',
        ),
        (
            BUCKET,
            {"Principal": {"AWS": "arn:aws:iam::123456789012:role/*"}},
            "has a wildcard; name it whole, or compare aws:PrincipalArn in a condition",
        ),
        (BUCKET, {"NotPrincipal": "*"}, "names both Principal and NotPrincipal; write one of the two"),
        (BUCKET, {"Resource": None}, "Statement[0]: names no Resource; write Resource or NotResource"),
        (
            KEY,
            {"Action": "kms:Encrypt"},
            "nobody may write the next policy of the key; allow kms:* to the account's root",
        ),
        (
            KEY,
            {"Principal": {"Service": "logs.amazonaws.com"}},
            "nobody may write the next policy of the key; allow kms:* to the account's root",
        ),
    ],
)
def test_a_mistake_is_one_sentence(type: str, change: dict[str, Any], sentence: str) -> None:
    base = {POLICY: READ, INLINE: READ, ROLE: TRUST, BUCKET: SHARED, KEY: OWNED}[type]
    statement = {name: value for name, value in {**base, **change}.items() if value is not None}
    [found] = sentences(type, policy(statement))
    assert sentence in found


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("{", "contains invalid JSON"),
        ("[]", "is no policy; write an object with Version and Statement"),
        ({"Version": "2012-10-17"}, "has no Statement; write at least one"),
        (policy("Allow"), "Statement[0]: is no statement; write an object with Effect and Action"),
        (policy(READ, Version="2012-10-18"), '"2012-10-18" is no policy version; write "2012-10-17"'),
        (policy(READ, Statements=[]), "policy.Statements: is no element of a policy; leave it out"),
        (
            policy({**READ, "Sid": "A"}, {**READ, "Sid": "A"}),
            'the Sid "A" is there twice; give each statement its own',
        ),
    ],
)
def test_a_document_is_a_policy_whole(document: Any, sentence: str) -> None:
    [found] = sentences(POLICY, document)
    assert sentence in found


@pytest.mark.parametrize(
    ("type", "most", "blanks"),
    [(POLICY, 6144, False), (INLINE, 10240, False), (ROLE, 2048, False), (BUCKET, 20480, True)],
)
def test_sizes_count_as_the_service_counts_them(type: str, most: int, blanks: bool) -> None:
    statement = {POLICY: READ, INLINE: READ, ROLE: TRUST, BUCKET: SHARED}[type]
    long = policy({**statement, "Sid": "s" * most})
    assert any(f"write at most {most}" in sentence for sentence in sentences(type, long))
    spaced = json.dumps(policy(statement), indent=most)
    assert bool(sentences(type, spaced)) is blanks


def test_inline_policies_of_a_role_are_read_too() -> None:
    inline = [{"name": "a", "policy": json.dumps(policy({**READ, "Effect": "Maybe"}))}]
    [found] = sentences(ROLE, policy(TRUST), inlinePolicies=inline)
    assert "inlinePolicies[0].policy.Statement[0].Effect: is neither Allow nor Deny" in found


def test_a_key_may_be_left_to_nobody_on_purpose() -> None:
    locked = policy({**OWNED, "Action": "kms:Encrypt"})
    assert sentences(KEY, locked, bypassPolicyLockoutSafetyCheck=True) == []
    assert sentences("aws:kms/keyPolicy:KeyPolicy", locked, keyId="k") != []


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ({"source": ["aws.s3"], "detail": {"size": [{"numeric": [">", 1]}, None]}}, ""),
        ({"$or": [{"source": ["a"]}, {"detail-type": [{"prefix": "b"}]}]}, ""),
        ("[]", "is no pattern of events"),
        ({"source": "aws.s3"}, "source: is neither an object nor a list; write ['aws.s3']"),
        ({"$or": [{"source": "a"}]}, "$or[0].source: is neither an object nor a list"),
        ({"detail": {"state": []}}, "detail.state: is an empty list, which matches nothing; name a value"),
        ({"source": [{"starts-with": "a"}]}, '"starts-with" is no comparison; write one of prefix, suffix,'),
    ],
)
def test_patterns_of_events(pattern: Any, sentence: str) -> None:
    found = sentences(RULE, pattern)
    assert [sentence in each for each in found] == ([True] if sentence else [])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, ""),
        ({"rulePriority": 0}, "rules[1].rulePriority: 0 is too small"),
        ({"rulePriority": 2}, "the priority 2 is there twice; give each rule its own"),
        ({"rulePriority": 3}, "a rule for any image does not come last; give it the highest rulePriority"),
        ({"action": {"type": "delete"}}, 'rules[1].action.type: "delete" is not a value it takes'),
        (
            {"selection": {"tagStatus": "tagged", "countType": "imageCountMoreThan", "countNumber": 1}},
            "none of",
        ),
        (
            {"selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countNumber": 1}},
            "countUnit",
        ),
    ],
)
def test_lifecycles_of_images(change: dict[str, Any], sentence: str) -> None:
    first = {
        "rulePriority": 1,
        "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1},
        "action": {"type": "expire"},
    }
    found = sentences(IMAGES, {"rules": [LAST, {**first, **change}]}, repository="r")
    assert [sentence in each for each in found] == ([True] if sentence else [])
    assert "has no rules" in sentences(IMAGES, {}, repository="r")[0]


def test_unknown_documents_refuse_nothing() -> None:
    for type in (ROLE, POLICY, BUCKET, KEY, RULE, IMAGES):
        assert sentences(type, "", **{PLACES.get(type, "policy"): UNKNOWN, "scheduleExpression": None}) == []
