"""Shield Advanced for the edge: detection and automatic response to floods.

Guarantees: what Shield finds is blocked, not counted.

Leaves out: the subscription, a year at USD 3,000 a month (aws.amazon.com/shield/pricing), which nobody
makes by a preview, and the response team's access.
Source: docs.aws.amazon.com/waf/latest/developerguide/ddos-automatic-app-layer-response.html: after the ACL
is attached; it adds a rule group of 150 units (`waf.yaml`).
"""

from __future__ import annotations

import pulumi
from pulumi_aws.shield.application_layer_automatic_response import ApplicationLayerAutomaticResponse
from pulumi_aws.shield.protection import Protection

from components.aws.subnets import Ground


def shielded(ground: Ground, arn: pulumi.Output[str], attached: pulumi.Resource) -> list[pulumi.Resource]:
    """Protection of the load balancer `arn`, once its firewall is attached."""
    protection = Protection(
        ground.name,
        name=ground.name,
        resource_arn=arn,
        tags=ground.labels,
        opts=pulumi.ResourceOptions(parent=ground.parent, depends_on=[attached]),
    )
    response = ApplicationLayerAutomaticResponse(
        ground.name,
        resource_arn=arn,
        action="BLOCK",
        opts=pulumi.ResourceOptions(parent=ground.parent, depends_on=[protection]),
    )
    return [protection, response]
