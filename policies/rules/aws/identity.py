"""Who may act, and who is let in: AWS's side of `policies/rules/identity.yaml`, and endpoints' policies."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework.resource import Resource
from policies.framework.rule import Finding, check
from policies.rules.aws.statements import Statement, statements

ROLE = "aws:iam/role:Role"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
# Where each type holds a policy that names principals.
POLICY_OF = {
    ROLE: "assumeRolePolicy",
    "aws:ecr/registryPolicy:RegistryPolicy": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:kms/key:Key": "policy",
    "aws:kms/keyPolicy:KeyPolicy": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
}
# Conditions that leave nobody but an account's, an organisation's or a service's own callers.
# Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.
PINS = ("aws:PrincipalAccount", "aws:PrincipalOrgID", "aws:SourceAccount", "kms:CallerAccount")
READS = ("s3:GetObject", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


@check("nothing-is-granted-to-the-public", *POLICY_OF)
def names_its_principals(resource: Resource) -> Iterator[Finding]:
    for each in statements(resource.at(POLICY_OF[resource.type])):
        if each.allows and each.for_anyone and not each.names(*PINS):
            yield Finding(f"{POLICY_OF[resource.type]}: {each.name} allows anyone (*)")


@check("service-accounts-have-no-keys", "aws:iam/accessKey:AccessKey", "aws:iam/user:User")
def is_no_user(_user: Resource) -> Iterator[Finding]:
    """A user's only way in without a person is a key that does not expire."""
    yield Finding("it is a user or its key; use a role")


@check("private-endpoints-admit-their-own-only", ENDPOINT)
def admits_its_own_only(endpoint: Resource) -> Iterator[Finding]:
    policy = endpoint.at("policy")
    if policy.missing:
        yield Finding("policy is missing, which lets everybody through to everything")
    for each in statements(policy):
        if each.allows and each.for_anyone and not (each.names(*PINS) or _only_reads(each)):
            yield Finding(f"policy: {each.name} lets anyone (*) through")


def _only_reads(statement: Statement) -> bool:
    """What AWS keeps for everybody, on resources that are named: it brings in, and carries nothing out."""
    named = all(resource.startswith("arn:") and ":::*" not in resource for resource in statement.resources)
    return named and all(action in READS for action in statement.actions)
