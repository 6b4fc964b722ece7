"""A resource whose provider is written in the program itself."""

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult
from pulumi_random import RandomPet


class GreetingProvider(ResourceProvider):
    def create(self, props):
        return CreateResult(
            id_=f"greeting-{props['name']}", outs={**props, "text": f"Hello, {props['name']}!"}
        )

    def diff(self, id, olds, news):
        return DiffResult(changes=olds["name"] != news["name"], replaces=[], delete_before_replace=True)

    def update(self, id, olds, news):
        return UpdateResult(outs={**news, "text": f"Hello, {news['name']}!"})


class Greeting(Resource):
    name: pulumi.Output[str]
    text: pulumi.Output[str]

    def __init__(self, resource_name, name, opts=None):
        super().__init__(GreetingProvider(), resource_name, {"name": name, "text": None}, opts)


pet = RandomPet("pet")
greeting = Greeting("greeting", name=pet.id)

pulumi.export("text", greeting.text)
pulumi.export("greeting_id", greeting.id)
