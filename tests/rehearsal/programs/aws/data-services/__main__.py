"""A database with its secret, a cache, keys, a zone with a certificate, and users with access keys."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
password = config.get_secret("password") or pulumi.Output.secret("correct-horse-9")
vpc = aws.ec2.Vpc("data", cidr_block="10.20.0.0/16")
zones = aws.get_availability_zones()
subnets = [
    aws.ec2.Subnet(f"data-{i}", vpc_id=vpc.id, cidr_block=f"10.20.{i}.0/24", availability_zone=zones.names[i])
    for i in range(2)
]
group = aws.rds.SubnetGroup("data", subnet_ids=[subnet.id for subnet in subnets])
database = aws.rds.Instance(
    "main",
    engine="postgres",
    instance_class="db.t4g.micro",
    allocated_storage=20,
    db_name="app",
    username="app",
    password=password,
    db_subnet_group_name=group.name,
    storage_encrypted=True,
    skip_final_snapshot=True,
)
secret = aws.secretsmanager.Secret("database", recovery_window_in_days=0)
version = aws.secretsmanager.SecretVersion(
    "database",
    secret_id=secret.id,
    secret_string=pulumi.Output.json_dumps({"host": database.address, "password": password}),
)
cache_group = aws.elasticache.SubnetGroup("cache", subnet_ids=[subnet.id for subnet in subnets])
cache = aws.elasticache.Cluster(
    "cache",
    engine="redis",
    node_type="cache.t4g.micro",
    num_cache_nodes=1,
    subnet_group_name=cache_group.name,
)
zone = aws.route53.Zone("zone", name="app.example.com")
certificate = aws.acm.Certificate("site", domain_name="app.example.com", validation_method="DNS")
option = certificate.domain_validation_options[0]
record = aws.route53.Record(
    "proof",
    name=option.resource_record_name,
    type=option.resource_record_type,
    records=[option.resource_record_value],
    zone_id=zone.zone_id,
    ttl=60,
)
aws.acm.CertificateValidation("site", certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn])
user = aws.iam.User("robot", path="/system/")
key = aws.iam.AccessKey("robot", user=user.name)
policy = aws.iam.Policy(
    "read",
    policy=secret.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn}
                ],
            }
        )
    ),
)
aws.iam.UserPolicyAttachment("read", user=user.name, policy_arn=policy.arn)
parameter = aws.ssm.Parameter("endpoint", type="String", name="/app/endpoint", value=database.endpoint)
found = aws.rds.get_instance_output(db_instance_identifier=database.identifier)

pulumi.export("endpoint", database.endpoint)
pulumi.export("cache", cache.cache_nodes[0].address)
pulumi.export("servers", zone.name_servers)
pulumi.export("access_key", key.id)
pulumi.export("secret_key", key.secret)
pulumi.export("parameter", parameter.arn)
pulumi.export("found", found.address)
