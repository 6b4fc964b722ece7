"""A role's right to ask a model, with a letter missing."""

import json

import pulumi_aws as aws

aws.iam.Policy(
    "asks",
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": ["bedrok:InvokeModel"], "Resource": "*"}],
        }
    ),
)
