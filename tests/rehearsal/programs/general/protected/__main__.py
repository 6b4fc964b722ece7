"""Resources that outlive their stack, by protection and by retention."""

import pulumi
from pulumi_gcp import storage

kept = storage.Bucket("kept", location="US", opts=pulumi.ResourceOptions(retain_on_delete=True))
state = storage.Bucket(
    "state", location="US", opts=pulumi.ResourceOptions(protect=pulumi.Config().get_bool("protect", True))
)
pulumi.export("state", state.name)
