"""A component of the `eks` package, whose code is a plugin of its own."""

import pulumi


class Remote(pulumi.ComponentResource):
    # What the generated class of the package does, without the package.
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None):
        super().__init__("eks:index:Cluster", name, {}, opts, remote=True)


Remote("main")
