"""EKS from raw resources: roles, network, cluster, nodes, add-on, and a kubeconfig."""

import json

import pulumi
import pulumi_aws as aws

vpc = aws.ec2.Vpc("eks", cidr_block="10.100.0.0/16", enable_dns_hostnames=True, enable_dns_support=True)
gateway = aws.ec2.InternetGateway("eks", vpc_id=vpc.id)
table = aws.ec2.RouteTable("eks", vpc_id=vpc.id)
aws.ec2.Route("internet", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", gateway_id=gateway.id)
subnets = []
for number, zone in enumerate(aws.get_availability_zones().names[:2]):
    subnet = aws.ec2.Subnet(
        f"eks-{number}",
        vpc_id=vpc.id,
        cidr_block=f"10.100.{number}.0/24",
        availability_zone=zone,
        tags={"kubernetes.io/role/elb": "1"},
    )
    aws.ec2.RouteTableAssociation(f"eks-{number}", route_table_id=table.id, subnet_id=subnet.id)
    subnets.append(subnet)


def service_role(name, service, policies):
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}],
    }
    role = aws.iam.Role(name, assume_role_policy=json.dumps(trust))
    for policy in policies:
        arn = f"arn:aws:iam::aws:policy/{policy}"
        aws.iam.RolePolicyAttachment(f"{name}-{policy}", role=role.id, policy_arn=arn)
    return role


control = service_role("control", "eks.amazonaws.com", ["AmazonEKSClusterPolicy"])
nodes = service_role(
    "nodes",
    "ec2.amazonaws.com",
    ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"],
)
key = aws.kms.Key("secrets", enable_key_rotation=True, deletion_window_in_days=7)
cluster = aws.eks.Cluster(
    "demo",
    role_arn=control.arn,
    vpc_config={"subnet_ids": [subnet.id for subnet in subnets], "public_access_cidrs": ["0.0.0.0/0"]},
    encryption_config={"provider": {"key_arn": key.arn}, "resources": ["secrets"]},
    enabled_cluster_log_types=["api", "audit"],
)
group = aws.eks.NodeGroup(
    "workers",
    cluster_name=cluster.name,
    node_role_arn=nodes.arn,
    subnet_ids=[subnet.id for subnet in subnets],
    scaling_config={"desired_size": 2, "max_size": 3, "min_size": 1},
    instance_types=["t3.large"],
)
aws.eks.Addon(
    "dns", cluster_name=cluster.name, addon_name="coredns", opts=pulumi.ResourceOptions(depends_on=[group])
)
issuer = cluster.identities[0].oidcs[0].issuer
oidc = aws.iam.OpenIdConnectProvider("irsa", url=issuer, client_id_lists=["sts.amazonaws.com"])
token = aws.eks.get_cluster_auth_output(name=cluster.name)


def kubeconfig(parts):
    name, endpoint, authority = parts
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": name, "cluster": {"server": endpoint, "certificate-authority-data": authority}}
            ],
            "contexts": [{"name": name, "context": {"cluster": name, "user": "aws"}}],
            "current-context": name,
            "users": [{"name": "aws", "user": {"exec": {"command": "aws"}}}],
        }
    )


pulumi.export(
    "kubeconfig",
    pulumi.Output.secret(
        pulumi.Output.all(cluster.name, cluster.endpoint, cluster.certificate_authority.data).apply(
            kubeconfig
        )
    ),
)
pulumi.export("authority", cluster.certificate_authority["data"])
pulumi.export("group", cluster.vpc_config.cluster_security_group_id)
pulumi.export("asg", group.resources[0].autoscaling_groups[0].name)
pulumi.export("oidc", oidc.arn)
pulumi.export("token", pulumi.Output.secret(token.token))
