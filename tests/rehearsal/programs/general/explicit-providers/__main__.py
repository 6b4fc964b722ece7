"""Two providers of the same package for two projects."""

import pulumi
import pulumi_gcp as gcp

east = gcp.Provider("east", project="project-east-1", region="us-east1")
west = gcp.Provider("west", project="project-west-1", region="us-west1")

buckets = {
    name: gcp.storage.Bucket(
        name, location=(name.upper() == "EU" and "EU") or "US", opts=pulumi.ResourceOptions(provider=provider)
    )
    for name, provider in {"east": east, "west": west}.items()
}
addresses = {
    name: gcp.compute.Address(name, opts=pulumi.ResourceOptions(provider=provider))
    for name, provider in {"east": east, "west": west}.items()
}
account = gcp.serviceaccount.Account(
    "same", account_id="same-name", opts=pulumi.ResourceOptions(provider=east)
)
other = gcp.serviceaccount.Account(
    "other", account_id="same-name", opts=pulumi.ResourceOptions(provider=west)
)

pulumi.export("east", addresses["east"].self_link)
pulumi.export("west", addresses["west"].self_link)
pulumi.export("account", other.email)
