"""What programs of strangers found: managed policies, addresses, passwords, tags of groups."""

from typing import Any

import pytest

from rehearsal.model import Context, Existing, Refusal
from tests.rehearsal.clouds import Caller, Cloud
from tests.rehearsal.sdk_shapes import served

CALLER = Caller(served("aws"), Context("aws", {"region": "eu-central-1"}))


def created(type: str, name: str, **inputs: Any) -> dict[str, Any]:
    return CALLER.created(type, name, inputs)


def test_policies_that_aws_manages_are_found_by_name_and_others_in_the_record() -> None:
    token = "aws:cloudfront/getCachePolicy:getCachePolicy"
    managed = CALLER.ask(token, {"name": "Managed-CachingOptimized"})
    assert managed["id"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"
    own = Existing("aws:cloudfront/cachePolicy:CachePolicy", "p1", "", {}, {"name": "mine"})
    assert Caller(CALLER.package, CALLER.context, Cloud(own)).ask(token, {"name": "mine"})["id"] == "p1"
    with pytest.raises(Refusal, match="no policy"):
        CALLER.ask(token, {"name": "Managed-CachingOptimised"})


def test_an_instance_that_asks_for_no_public_address_has_none() -> None:
    inputs = {"ami": "ami-0123456789abcdef0", "instanceType": "t3.micro"}
    assert created("aws:ec2/instance:Instance", "with", **inputs)["publicIp"]
    private = created("aws:ec2/instance:Instance", "private", **inputs, associatePublicIpAddress=False)
    assert (private["publicIp"], private["publicDns"]) == ("", "")


def test_a_secret_stands_for_a_password_that_rds_manages() -> None:
    inputs = {"engine": "aurora-postgresql", "masterUsername": "m", "skipFinalSnapshot": True}
    given = created("aws:rds/cluster:Cluster", "given", **inputs, masterPassword="long-enough-word")
    managed = created("aws:rds/cluster:Cluster", "managed", **inputs, manageMasterUserPassword=True)
    assert given["masterUserSecrets"] == []
    assert ":secret:rds!cluster-" in managed["masterUserSecrets"][0]["secretArn"]


def test_tags_of_an_autoscaling_group_are_a_list() -> None:
    tags = [{"key": "k", "value": "v", "propagateAtLaunch": True}]
    place = {"availabilityZones": ["eu-central-1a"], "launchConfiguration": "web"}
    group = created("aws:autoscaling/group:Group", "g", minSize=1, maxSize=2, tags=tags, **place)
    assert group["tags"] == tags
