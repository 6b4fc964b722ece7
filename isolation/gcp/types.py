"""Google Cloud's resource types, as pulumi-gcp names them, and which of them the translator knows.

`types.yaml` lists by module what is modelled, and what carries no packets. A type of a networking module that
is in neither list is named as not modelled.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

NETWORK = "gcp:compute/network:Network"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
ROUTE = "gcp:compute/route:Route"
ROUTER = "gcp:compute/router:Router"
NAT = "gcp:compute/routerNat:RouterNat"
ROUTER_PEER = "gcp:compute/routerPeer:RouterPeer"
PEERING = "gcp:compute/networkPeering:NetworkPeering"
PEERING_ROUTES = "gcp:compute/networkPeeringRoutesConfig:NetworkPeeringRoutesConfig"
TUNNEL = "gcp:compute/vPNTunnel:VPNTunnel"
VPN_GATEWAYS = ("gcp:compute/haVpnGateway:HaVpnGateway", "gcp:compute/vPNGateway:VPNGateway")
ATTACHMENT = "gcp:compute/interconnectAttachment:InterconnectAttachment"
POLICY_ROUTE = "gcp:networkconnectivity/policyBasedRoute:PolicyBasedRoute"
FIREWALL = "gcp:compute/firewall:Firewall"
GLOBAL_POLICY = "gcp:compute/networkFirewallPolicy:NetworkFirewallPolicy"
GLOBAL_RULE = "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule"
GLOBAL_RULES = "gcp:compute/networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules"
GLOBAL_ASSOCIATION = "gcp:compute/networkFirewallPolicyAssociation:NetworkFirewallPolicyAssociation"
REGION_POLICY = "gcp:compute/regionNetworkFirewallPolicy:RegionNetworkFirewallPolicy"
REGION_RULE = "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule"
REGION_RULES = "gcp:compute/regionNetworkFirewallPolicyWithRules:RegionNetworkFirewallPolicyWithRules"
REGION_ASSOCIATION = (
    "gcp:compute/regionNetworkFirewallPolicyAssociation:RegionNetworkFirewallPolicyAssociation"
)
ORG_POLICY = "gcp:compute/firewallPolicy:FirewallPolicy"
ORG_RULE = "gcp:compute/firewallPolicyRule:FirewallPolicyRule"
ORG_RULES = "gcp:compute/firewallPolicyWithRules:FirewallPolicyWithRules"
ORG_ASSOCIATION = "gcp:compute/firewallPolicyAssociation:FirewallPolicyAssociation"
ADDRESS_GROUP = "gcp:networksecurity/addressGroup:AddressGroup"
TAG_VALUE = "gcp:tags/tagValue:TagValue"
ACCOUNT = "gcp:serviceaccount/account:Account"
INSTANCE = "gcp:compute/instance:Instance"
FROM_TEMPLATE = "gcp:compute/instanceFromTemplate:InstanceFromTemplate"
TEMPLATES = (
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
)
MANAGERS = (
    "gcp:compute/instanceGroupManager:InstanceGroupManager",
    "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager",
)
GROUP = "gcp:compute/instanceGroup:InstanceGroup"
CLUSTER = "gcp:container/cluster:Cluster"
NODE_POOL = "gcp:container/nodePool:NodePool"
ADDRESS = "gcp:compute/address:Address"
GLOBAL_ADDRESS = "gcp:compute/globalAddress:GlobalAddress"
FORWARDING = "gcp:compute/forwardingRule:ForwardingRule"
GLOBAL_FORWARDING = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
BACKENDS = (
    "gcp:compute/backendService:BackendService",
    "gcp:compute/regionBackendService:RegionBackendService",
)
PROXIES = (
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy",
    "gcp:compute/targetHttpProxy:TargetHttpProxy",
    "gcp:compute/targetSSLProxy:TargetSSLProxy",
    "gcp:compute/targetTCPProxy:TargetTCPProxy",
    "gcp:compute/targetGrpcProxy:TargetGrpcProxy",
    "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy",
    "gcp:compute/regionTargetHttpProxy:RegionTargetHttpProxy",
    "gcp:compute/regionTargetTcpProxy:RegionTargetTcpProxy",
)
URL_MAPS = ("gcp:compute/uRLMap:URLMap", "gcp:compute/regionUrlMap:RegionUrlMap")
NEGS = (
    "gcp:compute/networkEndpointGroup:NetworkEndpointGroup",
    "gcp:compute/regionNetworkEndpointGroup:RegionNetworkEndpointGroup",
)
SECURITY_POLICIES = (
    "gcp:compute/securityPolicy:SecurityPolicy",
    "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy",
)
TARGET_POOL = "gcp:compute/targetPool:TargetPool"
TARGET_INSTANCE = "gcp:compute/targetInstance:TargetInstance"
SERVICE_ATTACHMENT = "gcp:compute/serviceAttachment:ServiceAttachment"
REGIONAL_ENDPOINT = "gcp:networkconnectivity/regionalEndpoint:RegionalEndpoint"
SERVICE_CONNECTION = "gcp:servicenetworking/connection:Connection"
DNS_POLICY = "gcp:dns/policy:Policy"
DNS_ZONE = "gcp:dns/managedZone:ManagedZone"
PERIMETER = "gcp:accesscontextmanager/servicePerimeter:ServicePerimeter"
PROJECT = "gcp:organizations/project:Project"


@cache
def lists() -> dict[str, Any]:
    """`types.yaml`: `modelled`, `silent`, `modules`, `grants` and `hosted`."""
    return yaml.safe_load(Path(__file__).with_name("types.yaml").read_text(encoding="utf-8"))
