"""A global load balancer in front of instances: the classic chain of seven resources."""

import pulumi
from pulumi_gcp import compute

network = compute.get_network(name="default")
zones = compute.get_zones(region="us-central1")

template = compute.InstanceTemplate(
    "web",
    machine_type="e2-small",
    disks=[
        compute.InstanceTemplateDiskArgs(source_image="debian-cloud/debian-12", auto_delete=True, boot=True)
    ],
    network_interfaces=[compute.InstanceTemplateNetworkInterfaceArgs(network=network.id)],
)
check = compute.HealthCheck("web", http_health_check=compute.HealthCheckHttpHealthCheckArgs(port=80))
group = compute.InstanceGroupManager(
    "web",
    zone=zones.names[0],
    base_instance_name="web",
    target_size=2,
    versions=[compute.InstanceGroupManagerVersionArgs(instance_template=template.id)],
    named_ports=[compute.InstanceGroupManagerNamedPortArgs(name="http", port=80)],
)
backend = compute.BackendService(
    "web",
    port_name="http",
    protocol="HTTP",
    health_checks=check.id,
    backends=[compute.BackendServiceBackendArgs(group=group.instance_group)],
)
urls = compute.URLMap("web", default_service=backend.id)
proxy = compute.TargetHttpProxy("web", url_map=urls.id)
address = compute.GlobalAddress("web")
rule = compute.GlobalForwardingRule(
    "web", target=proxy.id, port_range="80", ip_address=address.address, load_balancing_scheme="EXTERNAL"
)
armor = compute.SecurityPolicy(
    "web",
    rules=[
        compute.SecurityPolicyRuleArgs(
            action="allow",
            priority=2147483647,
            match=compute.SecurityPolicyRuleMatchArgs(
                versioned_expr="SRC_IPS_V1",
                config=compute.SecurityPolicyRuleMatchConfigArgs(src_ip_ranges=["*"]),
            ),
        )
    ],
)

pulumi.export("address", rule.ip_address)
pulumi.export("policy", armor.fingerprint)
