"""Configuration, secrets and everything that outputs can do."""

import json

import pulumi
import pulumi_random as random

config = pulumi.Config()
token = config.require_secret("token")
data = config.require_object("data")
size = config.get_int("size", 3)
mode = config.get("mode") or "fast"

pets = [random.RandomPet(f"pet-{i}") for i in range(size)]

joined = pulumi.Output.all(*[pet.id for pet in pets]).apply(lambda ids: ",".join(sorted(ids)))
named = pulumi.Output.all(first=pets[0].id, mode=mode).apply(lambda args: f"{args['mode']}/{args['first']}")
document = pulumi.Output.json_dumps(
    {"pets": [pet.id for pet in pets], "token": token, "active": data["active"]}
)
length = document.apply(lambda text: len(json.loads(text)["pets"]))
back = pulumi.Output.json_loads(document).apply(lambda value: value["active"])
opened = pulumi.Output.unsecret(token.apply(len))

pulumi.export("joined", joined)
pulumi.export("named", named)
pulumi.export("formatted", pulumi.Output.format("{0}:{mode}", pets[1].id, mode=mode))
pulumi.export("document", document)
pulumi.export("length", pulumi.Output.unsecret(length))
pulumi.export("active", pulumi.Output.unsecret(back))
pulumi.export("numbers", data["nums"])
pulumi.export("opened", opened)
pulumi.export("secret", pulumi.Output.secret({"inside": "x"}))
pulumi.export("who", f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}")
pulumi.log.info("nothing went wrong")
