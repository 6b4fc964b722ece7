"""Two functions behind an HTTP API and a REST API, with a table, a queue and a schedule."""

import json

import pulumi
import pulumi_aws as aws

region = aws.get_region()
trust = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }
)
role = aws.iam.Role("handler", assume_role_policy=trust, name_prefix="handler-")
aws.iam.RolePolicyAttachment(
    "logs",
    role=role.name,
    policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
)
table = aws.dynamodb.Table(
    "visits",
    attributes=[{"name": "id", "type": "S"}],
    hash_key="id",
    billing_mode="PAY_PER_REQUEST",
    stream_enabled=True,
    stream_view_type="NEW_IMAGE",
)
inline = aws.iam.RolePolicy(
    "table",
    role=role.id,
    policy=table.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "dynamodb:*", "Resource": arn}],
            }
        )
    ),
)
code = pulumi.AssetArchive({"index.py": pulumi.StringAsset("def handler(event, context):\n    return {}\n")})
function = aws.lambda_.Function(
    "handler",
    runtime=aws.lambda_.Runtime.PYTHON3D12,
    handler="index.handler",
    role=role.arn,
    code=code,
    environment={"variables": {"TABLE": table.name}},
    timeout=30,
)
aws.lambda_.EventSourceMapping(
    "stream", event_source_arn=table.stream_arn, function_name=function.arn, starting_position="LATEST"
)
url = aws.lambda_.FunctionUrl("url", function_name=function.name, authorization_type="NONE")

http = aws.apigatewayv2.Api("http", protocol_type="HTTP")
integration = aws.apigatewayv2.Integration(
    "http",
    api_id=http.id,
    integration_type="AWS_PROXY",
    integration_uri=function.invoke_arn,
    payload_format_version="2.0",
)
route = aws.apigatewayv2.Route(
    "root", api_id=http.id, route_key="GET /", target=integration.id.apply(lambda id: f"integrations/{id}")
)
stage = aws.apigatewayv2.Stage("http", api_id=http.id, name="$default", auto_deploy=True)
aws.lambda_.Permission(
    "http",
    action="lambda:InvokeFunction",
    function=function.name,
    principal="apigateway.amazonaws.com",
    source_arn=http.execution_arn.apply(lambda arn: f"{arn}/*/*"),
)

rest = aws.apigateway.RestApi("rest")
resource = aws.apigateway.Resource(
    "proxy", rest_api=rest.id, parent_id=rest.root_resource_id, path_part="{proxy+}"
)
method = aws.apigateway.Method(
    "any", rest_api=rest.id, resource_id=resource.id, http_method="ANY", authorization="NONE"
)
proxy = aws.apigateway.Integration(
    "any",
    rest_api=rest.id,
    resource_id=resource.id,
    http_method=method.http_method,
    type="AWS_PROXY",
    integration_http_method="POST",
    uri=function.invoke_arn,
)
deployment = aws.apigateway.Deployment(
    "v1", rest_api=rest.id, opts=pulumi.ResourceOptions(depends_on=[proxy])
)
live = aws.apigateway.Stage("v1", rest_api=rest.id, deployment=deployment.id, stage_name="v1")

queue = aws.sqs.Queue("jobs", visibility_timeout_seconds=60)
topic = aws.sns.Topic("news")
aws.sns.TopicSubscription("jobs", topic=topic.arn, protocol="sqs", endpoint=queue.arn)
rule = aws.cloudwatch.EventRule("hourly", schedule_expression="rate(1 hour)")
aws.cloudwatch.EventTarget("hourly", rule=rule.name, arn=function.arn)
group = aws.cloudwatch.LogGroup("handler", retention_in_days=14)

pulumi.export("http_url", http.api_endpoint)
pulumi.export("stage_url", stage.invoke_url)
pulumi.export("rest_url", live.invoke_url)
pulumi.export("function_url", url.function_url)
pulumi.export("queue", queue.url)
pulumi.export("function", function.arn)
pulumi.export("region", region.region)
