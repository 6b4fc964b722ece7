"""AWS's resource types, as pulumi-aws names them, and which of them the translator knows.

`types.yaml` lists by module what is modelled, and what carries no packets. A type of a networking module that
is in neither list is named as not modelled.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

VPC = "aws:ec2/vpc:Vpc"
DEFAULT_VPC = "aws:ec2/defaultVpc:DefaultVpc"
VPCS = (VPC, DEFAULT_VPC)
MORE_FOUR = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
MORE_SIX = "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation"
SUBNET = "aws:ec2/subnet:Subnet"
DEFAULT_SUBNET = "aws:ec2/defaultSubnet:DefaultSubnet"
SUBNETS = (SUBNET, DEFAULT_SUBNET)
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
DEFAULT_ROUTE_TABLE = "aws:ec2/defaultRouteTable:DefaultRouteTable"
ROUTE_TABLES = (ROUTE_TABLE, DEFAULT_ROUTE_TABLE)
ROUTE = "aws:ec2/route:Route"
TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
MAIN_ASSOCIATION = "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation"
PROPAGATION = "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"
PREFIX_LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
PREFIX_LIST_ENTRY = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
INTERNET_ATTACHMENT = "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment"
EGRESS_ONLY = "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"
NAT = "aws:ec2/natGateway:NatGateway"
EIP = "aws:ec2/eip:Eip"
EIP_ASSOCIATION = "aws:ec2/eipAssociation:EipAssociation"
PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
PEERING_ACCEPTER = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
VPN_GATEWAY = "aws:ec2/vpnGateway:VpnGateway"
VPN_ATTACHMENT = "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment"
VPN = "aws:ec2/vpnConnection:VpnConnection"
VPN_ROUTE = "aws:ec2/vpnConnectionRoute:VpnConnectionRoute"
DIRECT_ASSOCIATION = "aws:directconnect/gatewayAssociation:GatewayAssociation"
DIRECT_INTERFACES = (
    "aws:directconnect/privateVirtualInterface:PrivateVirtualInterface",
    "aws:directconnect/hostedPrivateVirtualInterfaceAccepter:HostedPrivateVirtualInterfaceAccepter",
)
DIRECT_GATEWAY = "aws:directconnect/gateway:Gateway"
TRANSIT = "aws:ec2transitgateway/transitGateway:TransitGateway"
TRANSIT_ATTACHMENT = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
TRANSIT_PEERING = "aws:ec2transitgateway/peeringAttachment:PeeringAttachment"
TRANSIT_PEERING_ACCEPTER = "aws:ec2transitgateway/peeringAttachmentAccepter:PeeringAttachmentAccepter"
TRANSIT_TABLE = "aws:ec2transitgateway/routeTable:RouteTable"
TRANSIT_ASSOCIATION = "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation"
TRANSIT_PROPAGATION = "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation"
TRANSIT_ROUTE = "aws:ec2transitgateway/route:Route"
DEFAULT_ASSOCIATION = "aws:ec2transitgateway/defaultRouteTableAssociation:DefaultRouteTableAssociation"
DEFAULT_PROPAGATION = "aws:ec2transitgateway/defaultRouteTablePropagation:DefaultRouteTablePropagation"
TRANSIT_LIST = "aws:ec2transitgateway/prefixListReference:PrefixListReference"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
GROUPS = (SECURITY_GROUP, DEFAULT_GROUP)
GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ACL = "aws:ec2/networkAcl:NetworkAcl"
DEFAULT_ACL = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
ACLS = (ACL, DEFAULT_ACL)
ACL_ASSOCIATION = "aws:ec2/networkAclAssociation:NetworkAclAssociation"
ACL_RULE = "aws:ec2/networkAclRule:NetworkAclRule"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ENDPOINT_TABLE = "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation"
ENDPOINT_SUBNET = "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation"
ENDPOINT_GROUP = "aws:ec2/securityGroupAssociation:SecurityGroupAssociation"
ENDPOINT_POLICY = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
FIREWALL = "aws:networkfirewall/firewall:Firewall"
INSTANCE = "aws:ec2/instance:Instance"
SPOT = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
INSTANCES = (INSTANCE, SPOT)
INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
INTERFACE_GROUP = "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
AUTOSCALING = "aws:autoscaling/group:Group"
AUTOSCALING_ATTACHMENT = "aws:autoscaling/attachment:Attachment"
CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
FARGATE = "aws:eks/fargateProfile:FargateProfile"
ADDON = "aws:eks/addon:Addon"
INTERFACE_CONFIG = "kubernetes:crd.k8s.amazonaws.com/v1alpha1:ENIConfig"
POD_GROUPS = "kubernetes:vpcresources.k8s.aws/v1beta1:SecurityGroupPolicy"
BALANCERS = (
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:alb/loadBalancer:LoadBalancer",
    "aws:elb/loadBalancer:LoadBalancer",
)
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
CLASSIC_ATTACHMENT = "aws:elb/attachment:Attachment"
LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
LISTENER_RULES = ("aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule")
TARGET_GROUPS = ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup")
TARGETS = (
    "aws:lb/targetGroupAttachment:TargetGroupAttachment",
    "aws:alb/targetGroupAttachment:TargetGroupAttachment",
)
FIREWALL_ASSOCIATIONS = (
    "aws:wafv2/webAclAssociation:WebAclAssociation",
    "aws:wafregional/webAclAssociation:WebAclAssociation",
)
BINDINGS = (
    "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding",
    "kubernetes:elbv2.k8s.aws/v1alpha1:TargetGroupBinding",
)
KUBERNETES_SERVICE = "kubernetes:core/v1:Service"
LINK = "aws:apigatewayv2/vpcLink:VpcLink"
REST_LINK = "aws:apigateway/vpcLink:VpcLink"
INTEGRATION = "aws:apigatewayv2/integration:Integration"
RESOLVER = "aws:route53/resolverEndpoint:ResolverEndpoint"
RESOLVER_RULE = "aws:route53/resolverRule:ResolverRule"
NAME_RULE = "aws:route53/resolverFirewallRule:ResolverFirewallRule"
NAME_LIST = "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList"
NAME_GROUP = "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup"
NAME_ASSOCIATION = "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"


@cache
def lists() -> dict[str, Any]:
    """`types.yaml`: `modelled`, `silent`, `modules`, `attached`, `hosted`, `exits` and `unmodelled`."""
    return yaml.safe_load(Path(__file__).with_name("types.yaml").read_text(encoding="utf-8"))
