"""A network over two zones with web servers, from data sources only."""

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
size = config.get("size") or "t3.micro"
zones = aws.get_availability_zones(state="available")
me = aws.get_caller_identity()
image = aws.ec2.get_ami(
    most_recent=True,
    owners=["amazon"],
    filters=[{"name": "name", "values": ["al2023-ami-2023.*-x86_64"]}],
)

vpc = aws.ec2.Vpc("web", cidr_block="10.0.0.0/16", enable_dns_hostnames=True, tags={"Name": "web"})
gateway = aws.ec2.InternetGateway("web", vpc_id=vpc.id)
routes = aws.ec2.RouteTable(
    "public", vpc_id=vpc.id, routes=[{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}]
)
group = aws.ec2.SecurityGroup(
    "web",
    vpc_id=vpc.id,
    description="HTTP from everywhere",
    ingress=[{"protocol": "tcp", "from_port": 80, "to_port": 80, "cidr_blocks": ["0.0.0.0/0"]}],
    egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}],
)
aws.vpc.SecurityGroupIngressRule(
    "ssh", security_group_id=group.id, ip_protocol="tcp", from_port=22, to_port=22, cidr_ipv4="10.0.0.0/8"
)

trust = aws.iam.get_policy_document(
    statements=[
        {
            "actions": ["sts:AssumeRole"],
            "principals": [{"type": "Service", "identifiers": ["ec2.amazonaws.com"]}],
        }
    ]
)
role = aws.iam.Role("server", assume_role_policy=trust.json)
aws.iam.RolePolicyAttachment(
    "ssm", role=role.name, policy_arn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
)
profile = aws.iam.InstanceProfile("server", role=role.name)

servers = []
for index, zone in enumerate(zones.names[:2]):
    subnet = aws.ec2.Subnet(
        f"public-{index}",
        vpc_id=vpc.id,
        availability_zone=zone,
        cidr_block=f"10.0.{index}.0/24",
        map_public_ip_on_launch=True,
    )
    aws.ec2.RouteTableAssociation(f"public-{index}", subnet_id=subnet.id, route_table_id=routes.id)
    servers.append(
        aws.ec2.Instance(
            f"web-{index}",
            ami=image.id,
            instance_type=size,
            subnet_id=subnet.id,
            vpc_security_group_ids=[group.id],
            iam_instance_profile=profile.name,
            user_data="#!/bin/bash\npython3 -m http.server 80 &\n",
            tags={"Name": f"web-{index}"},
        )
    )
address = aws.ec2.Eip("first", instance=servers[0].id, domain="vpc")
default = aws.ec2.get_vpc(default=True)
found = aws.ec2.get_subnets(filters=[{"name": "vpc-id", "values": [default.id]}])

pulumi.export("account", me.account_id)
pulumi.export("ips", [server.public_ip for server in servers])
pulumi.export("hosts", [server.public_dns for server in servers])
pulumi.export("address", address.public_ip)
pulumi.export("default_subnets", len(found.ids))
pulumi.export("metadata_tokens", servers[0].metadata_options.http_tokens)
