"""Inputs against the shapes of the installed SDKs: one sentence per finding, nothing for what is right."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.model import UNKNOWN, Asset
from rehearsal.packages import serve

SERVED = serve()
TEXT = Asset(False, {"text": "x"})

RIGHT: list[tuple[str, dict[str, Any]]] = [
    ("gcp:compute/network:Network", {"autoCreateSubnetworks": False, "mtu": 1460, "name": UNKNOWN}),
    # Bridged providers convert scalars.
    ("gcp:compute/network:Network", {"autoCreateSubnetworks": "true", "mtu": "1460", "name": 5}),
    ("gcp:storage/bucketObject:BucketObject", {"bucket": "b", "source": TEXT}),
    ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16", "tags": {"a": "b"}, "__defaults": []}),
    ("aws:ec2/instance:Instance", {"instanceType": "made-up.size", "ami": "ami-1"}),
    (
        "aws:lambda/function:Function",
        {"role": UNKNOWN, "code": Asset(True, {"assets": {}}), "runtime": "new"},
    ),
    (
        "azure-native:storage:StorageAccount",
        {"resourceGroupName": "rg", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}},
    ),
    (
        "kubernetes:core/v1:Service",
        {"metadata": {"labels": {"a": "b"}}, "spec": {"ports": [{"port": 80, "targetPort": "http"}]}},
    ),
    ("kubernetes:core/v1:ConfigMap", {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}),
    ("random:index/randomPet:RandomPet", {"length": 2, "keepers": {"a": "b"}}),
]
WRONG: list[tuple[str, dict[str, Any], str]] = [
    (
        "gcp:compute/network:Network",
        {"auto_create_subnetworks": False},
        "did you mean autoCreateSubnetworks?",
    ),
    (
        "gcp:compute/network:Network",
        {"routingMod": "x"},
        "routingMod: there is no such property; did you mean",
    ),
    (
        "gcp:compute/network:Network",
        {"routingMode": "LOCAL"},
        'routingMode: "LOCAL" is not a value it takes; write',
    ),
    ("gcp:compute/network:Network", {"mtu": [1]}, "mtu: a list stands where a whole number belongs"),
    (
        "gcp:compute/network:Network",
        {"mtu": "big"},
        'mtu: the string "big" stands where a whole number belongs',
    ),
    (
        "gcp:compute/subnetwork:Subnetwork",
        {"ipCidrRange": "x"},
        "network: it is required and missing; give a string",
    ),
    (
        "gcp:compute/firewall:Firewall",
        {"network": "n", "allows": [{"ports": ["1"]}]},
        "allows[0].protocol: it is required and missing",
    ),
    (
        "gcp:compute/firewall:Firewall",
        {"network": "n", "allows": {"protocol": "tcp"}},
        "allows: an object stands",
    ),
    ("aws:s3/bucketObject:BucketObject", {"bucket": "b", "source": "file"}, "source: the string"),
    (
        "azure-native:storage:StorageAccount",
        {"resourceGroupName": "rg", "kind": "StorageV2", "sku": {"nam": "Standard_LRS"}},
        "sku.nam: there is no such property; did you mean name?",
    ),
    (
        "azure-native:storage:BlobContainer",
        {"accountName": "a", "resourceGroupName": "r", "publicAccess": "Everyone"},
        'publicAccess: "Everyone" is not a value it takes; write one of Container, Blob, None',
    ),
    (
        "kubernetes:core/v1:ConfigMap",
        {"data": {"port": 80}},
        "data.port: the number 80 stands where a string belongs",
    ),
    ("kubernetes:core/v1:ConfigMap", {"kind": "Secret"}, 'kind: "Secret" is not a value it takes; write'),
    (
        "kubernetes:apps/v1:Deployment",
        {"spec": {"selector": {"matchLabels": {}}, "template": {"spec": {"containers": [{"image": "i"}]}}}},
        "spec.template.spec.containers[0].name: it is required and missing",
    ),
    ("kubernetes:core/v1:Service", {"spec": {"ports": [{"port": "80"}]}}, "spec.ports[0].port: the string"),
    (
        "kubernetes:core/v1:Service",
        {"spec": {"ports": [{"port": 1, "targetPort": [1]}]}},
        "spec.ports[0].targetPort: a list stands where a whole number or a string belongs",
    ),
]


def _sentences(token: str, inputs: dict[str, Any]) -> list[str]:
    served = SERVED[token.split(":", 1)[0]]
    shape = served.shape(token)
    assert shape is not None, token
    return [refusal.sentence() for refusal in served.checker.check(shape.inputs, inputs)]


@pytest.mark.parametrize(("token", "inputs"), RIGHT)
def test_right_inputs_pass(token: str, inputs: dict[str, Any]) -> None:
    assert _sentences(token, inputs) == []


@pytest.mark.parametrize(("token", "inputs", "words"), WRONG)
def test_each_wrong_input_is_one_sentence_with_its_path(
    token: str, inputs: dict[str, Any], words: str
) -> None:
    found = _sentences(token, inputs)
    assert len(found) == 1, found
    assert words in found[0]
