"""Azure's resource types, as pulumi-azure-native names them, and which of them the translator knows.

`types.yaml` lists by module what is modelled, and what carries no packets. A type of a networking module that
is in neither list is named as not modelled. Tokens with a version, `azure-native:network/v20240501:Subnet` or
`azure-native_network_v20240501:network:Subnet`, mean the same type as the one without.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PREFIX = "azure-native"
VNET = "azure-native:network:VirtualNetwork"
SUBNET = "azure-native:network:Subnet"
NSG = "azure-native:network:NetworkSecurityGroup"
SECURITY_RULE = "azure-native:network:SecurityRule"
ASG = "azure-native:network:ApplicationSecurityGroup"
ROUTE_TABLE = "azure-native:network:RouteTable"
ROUTE = "azure-native:network:Route"
PEERING = "azure-native:network:VirtualNetworkPeering"
NAT = "azure-native:network:NatGateway"
PUBLIC_ADDRESS = "azure-native:network:PublicIPAddress"
PUBLIC_PREFIX = "azure-native:network:PublicIPPrefix"
INTERFACE = "azure-native:network:NetworkInterface"
VNET_GATEWAY = "azure-native:network:VirtualNetworkGateway"
CONNECTION = "azure-native:network:VirtualNetworkGatewayConnection"
LOCAL_GATEWAY = "azure-native:network:LocalNetworkGateway"
CIRCUIT = "azure-native:network:ExpressRouteCircuit"
FIREWALL = "azure-native:network:AzureFirewall"
FIREWALL_POLICY = "azure-native:network:FirewallPolicy"
FIREWALL_RULES = "azure-native:network:FirewallPolicyRuleCollectionGroup"
IP_GROUP = "azure-native:network:IpGroup"
HUB = "azure-native:network:VirtualHub"
HUB_CONNECTION = "azure-native:network:HubVirtualNetworkConnection"
MANAGER = "azure-native:network:NetworkManager"
NETWORK_GROUP = "azure-native:network:NetworkGroup"
STATIC_MEMBER = "azure-native:network:StaticMember"
ADMIN_CONFIGURATION = "azure-native:network:SecurityAdminConfiguration"
ADMIN_COLLECTION = "azure-native:network:AdminRuleCollection"
ADMIN_RULE = "azure-native:network:AdminRule"
DEFAULT_ADMIN_RULE = "azure-native:network:DefaultAdminRule"
CONNECTIVITY = "azure-native:network:ConnectivityConfiguration"
COMMIT = "azure-native:network:Commit"
ENDPOINT_POLICY = "azure-native:network:ServiceEndpointPolicy"
ENDPOINT_POLICY_DEFINITION = "azure-native:network:ServiceEndpointPolicyDefinition"
PRIVATE_ENDPOINT = "azure-native:network:PrivateEndpoint"
AI_ACCOUNT = "azure-native:cognitiveservices:Account"
ZONE_GROUP = "azure-native:network:PrivateDnsZoneGroup"
LINK_SERVICE = "azure-native:network:PrivateLinkService"
WAF_POLICY = "azure-native:network:WebApplicationFirewallPolicy"
BALANCER_POOL = "azure-native:network:LoadBalancerBackendAddressPool"
NAT_RULE = "azure-native:network:InboundNatRule"
LOAD_BALANCER = "azure-native:network:LoadBalancer"
APPLICATION_GATEWAY = "azure-native:network:ApplicationGateway"
MACHINE = "azure-native:compute:VirtualMachine"
SCALE_SET = "azure-native:compute:VirtualMachineScaleSet"
FRONT_DOOR_POLICY = "azure-native:frontdoor:Policy"
FRONT_DOOR_ENDPOINT = "azure-native:cdn:AFDEndpoint"
FRONT_DOOR_ROUTE = "azure-native:cdn:Route"
FRONT_DOOR_GROUP = "azure-native:cdn:AFDOriginGroup"
FRONT_DOOR_ORIGIN = "azure-native:cdn:AFDOrigin"
FRONT_DOOR_SECURITY = "azure-native:cdn:SecurityPolicy"
API_MANAGEMENT = "azure-native:apimanagement:ApiManagementService"
FORWARDING_RULE = "azure-native:dnsresolver:ForwardingRule"
NAME_POLICY = "azure-native:dnsresolver:DnsResolverPolicy"
NAME_POLICY_LINK = "azure-native:dnsresolver:DnsResolverPolicyVirtualNetworkLink"
NAME_RULE = "azure-native:dnsresolver:DnsSecurityRule"
NAME_LIST = "azure-native:dnsresolver:DnsResolverDomainList"
ROLE_ASSIGNMENT = "azure-native:authorization:RoleAssignment"
FEDERATION = "azure-native:managedidentity:FederatedIdentityCredential"
KUBERNETES_SERVICE = "kubernetes:core/v1:Service"
CLUSTER = "azure-native:containerservice:ManagedCluster"
NODE_POOL = "azure-native:containerservice:AgentPool"

# `azure-native:network/v20240501:Subnet`, or as SDKs that are made on demand write it, in the package's name.
_TOKEN = re.compile(r"azure-native(?:_[a-z0-9]+)*:(?P<module>[a-z0-9]+)(?:/v[a-z0-9]+)?:(?P<kind>\w+)")


def unversioned(token: str) -> str:
    """A type's token without its version; what is no type of azure-native as it is."""
    found = _TOKEN.fullmatch(token)
    return f"azure-native:{found['module']}:{found['kind']}" if found else token


@cache
def lists() -> dict[str, Any]:
    """`types.yaml`: `modelled`, `silent`, `modules`, `unmodelled` and `ids`."""
    return yaml.safe_load(Path(__file__).with_name("types.yaml").read_text(encoding="utf-8"))
