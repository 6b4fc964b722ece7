"""Components with aliases, transforms, protection, explicit providers, and options of every kind."""

import pulumi
import pulumi_random as random


def lengthen(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    if args.type_ == "random:index/randomPet:RandomPet":
        return pulumi.ResourceTransformResult(props={**args.props, "length": 4}, opts=args.opts)
    return None


def shout(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    if args.type_ == "random:index/randomString:RandomString":
        return pulumi.ResourceTransformationResult(props={**args.props, "lower": False}, opts=args.opts)
    return None


class Names(pulumi.ComponentResource):
    def __init__(self, name: str, count: int, opts: pulumi.ResourceOptions | None = None):
        super().__init__("acme:index:Names", name, {"count": count}, opts)
        self.pets = [
            random.RandomPet(
                f"{name}-{index}",
                opts=pulumi.ResourceOptions(
                    parent=self,
                    aliases=[pulumi.Alias(name=f"{name}-old-{index}")],
                    delete_before_replace=True,
                    custom_timeouts=pulumi.CustomTimeouts(create="5m"),
                ),
            )
            for index in range(count)
        ]
        self.first = self.pets[0].id
        self.register_outputs({"first": self.first})


provider = random.Provider("mine")
names = Names(
    "names",
    2,
    opts=pulumi.ResourceOptions(
        providers={"random": provider}, aliases=[pulumi.Alias(name="legacy")], transforms=[lengthen]
    ),
)
code = random.RandomString(
    "code",
    length=8,
    special=False,
    opts=pulumi.ResourceOptions(
        depends_on=[names], ignore_changes=["length"], transformations=[shout], replace_on_changes=["special"]
    ),
)
again = random.RandomPet("again", opts=pulumi.ResourceOptions(parent=names, retain_on_delete=False))
looked_up = random.RandomPet.get("known", "existing-pet") if pulumi.Config().get_bool("lookup") else None

pulumi.export("first", names.first)
pulumi.export("again", again.id)
pulumi.export("code", code.result)
