"""Every random resource, and what is made from them."""

import pulumi
import pulumi_random as random

pet = random.RandomPet("pet", length=3, prefix="team")
suffix = random.RandomString("suffix", length=6, special=False, upper=False)
password = random.RandomPassword(
    "password", length=32, min_upper=2, min_numeric=2, min_special=1, override_special="_%@"
)
identifier = random.RandomId(
    "id", byte_length=8, prefix="bucket-", keepers={"release": pulumi.Config().get("release") or "1"}
)
port = random.RandomInteger("port", min=1024, max=2048)
order = random.RandomShuffle("order", inputs=["a", "b", "c"], result_count=2)
uuid = random.RandomUuid("uuid")
raw = random.RandomBytes("raw", length=12)

pulumi.export("pet", pet.id)
pulumi.export("suffix", suffix.result)
pulumi.export("password", password.result)
pulumi.export("hash", password.bcrypt_hash)
pulumi.export("id", identifier.hex)
pulumi.export("port", port.result)
pulumi.export("first", order.results[0])
pulumi.export("uuid", uuid.result)
pulumi.export("raw", raw.base64)
pulumi.export("name", pulumi.Output.concat(pet.id, "-", suffix.result).apply(str.upper))
