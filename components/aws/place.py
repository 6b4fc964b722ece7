"""Where on AWS a stack lives, and the names (ARNs) of what is there."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Place(BaseModel):
    """One account in one region, with the zones that subnets are in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: str = Field(pattern=r"^[0-9]{12}$")
    region: str
    zones: tuple[str, ...] = Field(min_length=2, max_length=4)

    @property
    def partition(self) -> str:
        """The part of AWS that the region belongs to, the second field of every ARN.

        Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html.
        """
        for prefix, partition in (("us-gov-", "aws-us-gov"), ("cn-", "aws-cn")):
            if self.region.startswith(prefix):
                return partition
        return "aws"

    @property
    def root(self) -> str:
        """The principal that stands for the account, and for whomever its own policies allow."""
        return self.arn("iam", "root", regional=False)

    def arn(self, service: str, resource: str, *, regional: bool = True) -> str:
        """The ARN of a resource of this account."""
        region = self.region if regional else ""
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{resource}"

    def role(self, name: str) -> str:
        """The ARN of a role of this account. Policies that name it can so be judged at preview."""
        return self.arn("iam", f"role/{name}", regional=False)

    def bucket_name(self, name: str) -> str:
        """A bucket's own name, which is one in all the world, so that it carries the account's number."""
        return f"{self.account}-{name}"

    def bucket(self, name: str) -> str:
        """The ARN of a bucket, which names no account."""
        return f"arn:{self.partition}:s3:::{name}"

    @property
    def registry(self) -> str:
        """The account's registry, as a host name."""
        suffix = "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"
        return f"{self.account}.dkr.ecr.{self.region}.{suffix}"

    def managed_policy(self, name: str) -> str:
        """The ARN of a policy that AWS manages."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"
