"""The second subnet lies over the first: only the cloud, which has both, can tell."""

import pulumi
import pulumi_aws as aws

vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16")
first = aws.ec2.Subnet("first", vpc_id=vpc.id, cidr_block="10.0.0.0/24")
aws.ec2.Subnet(
    "second", vpc_id=vpc.id, cidr_block="10.0.0.128/25", opts=pulumi.ResourceOptions(depends_on=[first])
)
