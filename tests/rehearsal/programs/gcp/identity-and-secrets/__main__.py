"""A service account with a key, a secret it may read, a topic it may write to, and what gcloud knows."""

import base64
import json

import pulumi
from pulumi_gcp import organizations, projects, pubsub, secretmanager, serviceaccount

project = organizations.get_project()
client = organizations.get_client_config_output()

account = serviceaccount.Account("worker", account_id="worker-account", display_name="Worker")
key = serviceaccount.Key("worker-key", service_account_id=account.name)

projects.IAMMember(
    "worker-logs",
    project=project.project_id,
    role="roles/logging.logWriter",
    member=account.email.apply(lambda email: f"serviceAccount:{email}"),
)

policy = organizations.get_iam_policy_output(
    bindings=[
        organizations.GetIAMPolicyBindingArgs(
            role="roles/secretmanager.secretAccessor",
            members=[pulumi.Output.concat("serviceAccount:", account.email)],
        )
    ]
)

secret = secretmanager.Secret(
    "api-key",
    secret_id="api-key",
    replication=secretmanager.SecretReplicationArgs(auto=secretmanager.SecretReplicationAutoArgs()),
)
version = secretmanager.SecretVersion(
    "api-key-1", secret=secret.id, secret_data=pulumi.Config().require_secret("api_key")
)
secretmanager.SecretIamPolicy("api-key-readers", secret_id=secret.secret_id, policy_data=policy.policy_data)

topic = pubsub.Topic("events")
pubsub.Subscription("events-worker", topic=topic.id, ack_deadline_seconds=20)

pulumi.export("email", account.email)
pulumi.export("number", project.number)
pulumi.export("client_project", client.project)
pulumi.export(
    "credentials", key.private_key.apply(lambda text: json.loads(base64.b64decode(text))["client_email"])
)
pulumi.export("secret_version", version.name)
pulumi.export("policy", policy.policy_data)
