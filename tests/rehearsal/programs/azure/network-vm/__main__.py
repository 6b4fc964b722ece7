"""A network with a Linux machine, a public address and inline as well as standalone subnets."""

import pulumi
from pulumi_azure_native import compute, network, resources

config = pulumi.Config()
size = config.get("size") or "Standard_B2s"
group = resources.ResourceGroup("server", location="North Europe")
vnet = network.VirtualNetwork(
    "net",
    resource_group_name=group.name,
    address_space=network.AddressSpaceArgs(address_prefixes=["10.0.0.0/16"]),
    subnets=[network.SubnetArgs(name="default", address_prefix="10.0.0.0/24")],
)
data = network.Subnet(
    "data", resource_group_name=group.name, virtual_network_name=vnet.name, address_prefix="10.0.1.0/24"
)
firewall = network.NetworkSecurityGroup(
    "nsg",
    resource_group_name=group.name,
    security_rules=[
        {
            "name": "http",
            "priority": 1000,
            "direction": "Inbound",
            "access": "Allow",
            "protocol": "Tcp",
            "source_port_range": "*",
            "source_address_prefix": "*",
            "destination_address_prefix": "*",
            "destination_port_ranges": ["80", "443"],
        }
    ],
)
address = network.PublicIPAddress(
    "ip",
    resource_group_name=group.name,
    public_ip_allocation_method=network.IPAllocationMethod.STATIC,
    sku={"name": "Standard"},
    dns_settings={"domain_name_label": "server-demo"},
)
card = network.NetworkInterface(
    "nic",
    resource_group_name=group.name,
    network_security_group={"id": firewall.id},
    ip_configurations=[
        network.NetworkInterfaceIPConfigurationArgs(
            name="main",
            subnet=network.SubnetArgs(id=vnet.subnets[0].id),
            private_ip_allocation_method=network.IPAllocationMethod.DYNAMIC,
            public_ip_address=network.PublicIPAddressArgs(id=address.id),
        )
    ],
)
machine = compute.VirtualMachine(
    "vm",
    resource_group_name=group.name,
    network_profile={"network_interfaces": [{"id": card.id, "primary": True}]},
    hardware_profile={"vm_size": size},
    os_profile={
        "computer_name": "server",
        "admin_username": "pulumi",
        "admin_password": pulumi.Output.secret("Correct-Horse-9"),
        "linux_configuration": {"disable_password_authentication": False},
    },
    storage_profile={
        "os_disk": {
            "create_option": "FromImage",
            "name": "system",
            "managed_disk": {"storage_account_type": "Premium_LRS"},
        },
        "image_reference": {
            "publisher": "Canonical",
            "offer": "0001-com-ubuntu-server-jammy",
            "sku": "22_04-lts",
            "version": "latest",
        },
    },
)
current = machine.id.apply(
    lambda _: network.get_public_ip_address_output(
        resource_group_name=group.name, public_ip_address_name=address.name
    )
)

pulumi.export("ip", current.apply(lambda found: found.ip_address))
pulumi.export("fqdn", address.dns_settings.apply(lambda settings: settings.fqdn))
pulumi.export("subnet", vnet.subnets[0].id)
pulumi.export("private", card.ip_configurations[0].private_ip_address)
pulumi.export("data", data.id)
