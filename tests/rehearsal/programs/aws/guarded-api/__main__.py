"""An API behind a load balancer: a firewall, tokens from a user pool, a guardrail."""

import json

import pulumi
import pulumi_aws as aws

region = aws.get_region().region
account = aws.get_caller_identity().account_id
vpc = aws.ec2.Vpc("api", cidr_block="10.20.0.0/16")
gateway = aws.ec2.InternetGateway("api", vpc_id=vpc.id)
zones = aws.get_availability_zones(state="available").names[:2]
subnets = [
    aws.ec2.Subnet(f"api-{zone}", vpc_id=vpc.id, cidr_block=f"10.20.{index}.0/24", availability_zone=zone)
    for index, zone in enumerate(zones)
]
group = aws.ec2.SecurityGroup("api", vpc_id=vpc.id)
balancer = aws.lb.LoadBalancer(
    "edge",
    security_groups=[group.id],
    subnets=[subnet.id for subnet in subnets],
    opts=pulumi.ResourceOptions(depends_on=[gateway]),
)
targets = aws.lb.TargetGroup("pods", port=8443, protocol="HTTPS", target_type="ip", vpc_id=vpc.id)
certificate = aws.acm.Certificate("api", domain_name="api.example.com", validation_method="DNS")

pool = aws.cognito.UserPool("callers", password_policy={"minimum_length": 14})
domain = aws.cognito.UserPoolDomain("callers", domain=f"callers-{account}", user_pool_id=pool.id)
server = aws.cognito.ResourceServer(
    "models",
    identifier="models",
    user_pool_id=pool.id,
    scopes=[{"scope_name": "ask", "scope_description": "Asks the models."}],
)
client = aws.cognito.UserPoolClient(
    "app",
    user_pool_id=pool.id,
    generate_secret=True,
    allowed_oauth_flows=["client_credentials"],
    allowed_oauth_flows_user_pool_client=True,
    allowed_oauth_scopes=server.scope_identifiers,
)

listener = aws.lb.Listener(
    "https",
    load_balancer_arn=balancer.arn,
    port=443,
    protocol="HTTPS",
    ssl_policy="ELBSecurityPolicy-TLS13-1-2-2021-06",
    certificate_arn=certificate.arn,
    default_actions=[
        {"type": "fixed-response", "fixed_response": {"content_type": "text/plain", "status_code": "403"}}
    ],
)
issuer = pulumi.Output.concat(f"https://cognito-idp.{region}.amazonaws.com/", pool.id)
aws.lb.ListenerRule(
    "signed-in",
    listener_arn=listener.arn,
    priority=10,
    conditions=[{"host_header": {"values": ["api.example.com"]}}],
    actions=[
        {
            "type": "jwt-validation",
            "order": 1,
            "jwt_validation": {
                "issuer": issuer,
                "jwks_endpoint": pulumi.Output.concat(issuer, "/.well-known/jwks.json"),
            },
        },
        {"type": "forward", "order": 2, "target_group_arn": targets.arn},
    ],
)

seen = {"cloudwatch_metrics_enabled": True, "sampled_requests_enabled": False, "metric_name": "api"}
acl = aws.wafv2.WebAcl(
    "api",
    scope="REGIONAL",
    default_action={"allow": {}},
    visibility_config=seen,
    rules=[
        {
            "name": "common",
            "priority": 0,
            "override_action": {"none": {}},
            "statement": {
                "managed_rule_group_statement": {"vendor_name": "AWS", "name": "AWSManagedRulesCommonRuleSet"}
            },
            "visibility_config": seen,
        },
        {
            "name": "bad-inputs",
            "priority": 1,
            "override_action": {"none": {}},
            "statement": {
                "managed_rule_group_statement": {
                    "vendor_name": "AWS",
                    "name": "AWSManagedRulesKnownBadInputsRuleSet",
                }
            },
            "visibility_config": seen,
        },
        {
            "name": "rate",
            "priority": 2,
            "action": {"block": {"custom_response": {"response_code": 429}}},
            "statement": {
                "rate_based_statement": {
                    "limit": 100,
                    "evaluation_window_sec": 60,
                    "aggregate_key_type": "CUSTOM_KEYS",
                    "custom_keys": [
                        {
                            "header": {
                                "name": "x-api-key",
                                "text_transformations": [{"priority": 0, "type": "NONE"}],
                            }
                        }
                    ],
                }
            },
            "visibility_config": seen,
        },
        {
            "name": "host",
            "priority": 3,
            "action": {"block": {}},
            "statement": {
                "not_statement": {
                    "statement": {
                        "byte_match_statement": {
                            "search_string": "api.example.com",
                            "positional_constraint": "EXACTLY",
                            "field_to_match": {"single_header": {"name": "host"}},
                            "text_transformations": [{"priority": 0, "type": "LOWERCASE"}],
                        }
                    }
                }
            },
            "visibility_config": seen,
        },
    ],
)
attached = aws.wafv2.WebAclAssociation("api", resource_arn=balancer.arn, web_acl_arn=acl.arn)
logs = aws.cloudwatch.LogGroup("firewall", name="aws-waf-logs-api", retention_in_days=30)
aws.wafv2.WebAclLoggingConfiguration(
    "api",
    resource_arn=acl.arn,
    log_destination_configs=[logs.arn],
    redacted_fields=[{"single_header": {"name": "authorization"}}],
)

guardrail = aws.bedrock.Guardrail(
    "prompts",
    name="prompts",
    blocked_input_messaging="No.",
    blocked_outputs_messaging="No.",
    content_policy_config={
        "filters_configs": [{"type": "PROMPT_ATTACK", "input_strength": "HIGH", "output_strength": "NONE"}]
    },
)
version = aws.bedrock.GuardrailVersion("prompts", guardrail_arn=guardrail.guardrail_arn, description="first")
asker = aws.iam.Role(
    "asker",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "pods.eks.amazonaws.com"},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
            },
        }
    ),
)
aws.iam.RolePolicy(
    "asks",
    role=asker.name,
    policy=guardrail.guardrail_arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {"Effect": "Allow", "Action": "bedrock:ApplyGuardrail", "Resource": arn},
            }
        )
    ),
)

pulumi.export("capacity", acl.capacity.apply(str))
pulumi.export("address", balancer.dns_name)
pulumi.export("scopes", server.scope_identifiers.apply(json.dumps))
pulumi.export("guardrail", pulumi.Output.concat(guardrail.guardrail_arn, " ", version.version))
pulumi.export("role", asker.arn)
