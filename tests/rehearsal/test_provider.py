"""The protocol itself, over gRPC and without an engine: what an engine cannot be made to ask at will."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import grpc
import pytest

from rehearsal.faults import FaultList
from rehearsal.packages import FOLDERS, Served, serve
from rehearsal.protocol import provider as rpc
from rehearsal.protocol import service
from rehearsal.provider import Provider
from rehearsal.record import CloudRecord
from rehearsal.values import decode, encode

NETWORK = "gcp:compute/network:Network"


class Client:
    """One package behind a channel; `served` and `record` are what the server has."""

    def __init__(self, package: str, stub: Any, served: Served, record: CloudRecord) -> None:
        self.package = package
        self.served = served
        self.record = record
        self._stub = stub

    def ask(self, method: str, type: str = "", name: str = "x", **fields: Any) -> Any:
        """Call a method; properties may be given as plain data, secrets beside them."""
        requests: dict[str, Any] = {
            "Check": rpc.CheckRequest,
            "CheckConfig": rpc.CheckRequest,
            "DiffConfig": rpc.DiffRequest,
            "Diff": rpc.DiffRequest,
            "Create": rpc.CreateRequest,
            "Read": rpc.ReadRequest,
            "Update": rpc.UpdateRequest,
            "Delete": rpc.DeleteRequest,
            "Invoke": rpc.InvokeRequest,
            "Call": rpc.CallRequest,
            "Parameterize": rpc.ParameterizeRequest,
            "Configure": rpc.ConfigureRequest,
        }
        given: dict[str, Any] = {key: _message(value) for key, value in fields.items()}
        if type:
            given["urn"] = f"urn:pulumi:dev::project::{type}::{name}"
        return getattr(self._stub, method)(requests[method](**given), timeout=30)

    def refused(self, method: str, type: str = "", **fields: Any) -> str:
        """The sentence of a call that has to fail."""
        with pytest.raises(grpc.RpcError) as refusal:
            self.ask(method, type, **fields)
        error: Any = refusal.value
        return str(error.details())


def _message(value: Any) -> Any:
    return encode(cast("dict[str, Any]", value)) if isinstance(value, dict) else value


@pytest.fixture
def clients(tmp_path: Path) -> Iterator[dict[str, Client]]:
    record = CloudRecord(tmp_path / "record.sqlite")
    faults = FaultList(record.path)
    found: dict[str, Client] = {}
    servers: list[grpc.Server] = []
    for name, served in serve().items():
        server = grpc.server(ThreadPoolExecutor(4))
        service.add_ResourceProviderServicer_to_server(Provider(served, record, faults), server)
        channel = grpc.insecure_channel(f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}")
        server.start()
        servers.append(server)
        found[name] = Client(name, service.ResourceProviderStub(channel), served, record)
    found["gcp"].ask("Configure", args={"project": "demo-project", "region": "europe-west4"})
    yield found
    for server in servers:
        server.stop(None)


def test_a_plan_leaves_the_record_alone_and_a_read_of_nothing_is_empty(clients: dict[str, Client]) -> None:
    gcp = clients["gcp"]
    planned = gcp.ask("Create", NETWORK, properties={"name": "net"}, preview=True)
    assert planned.id == ""
    assert gcp.record.find() == []
    assert gcp.ask("Read", NETWORK, id="projects/p/global/networks/none").id == ""
    gcp.ask("Delete", NETWORK, id="projects/p/global/networks/none")
    words = gcp.refused("Update", NETWORK, id="gone", news={"name": "net"}, olds={"name": "net"})
    assert words == f"x ({NETWORK}): gone is not in the cloud any more; run pulumi refresh"


def test_a_change_is_reported_by_path_and_a_fixed_name_goes_first(clients: dict[str, Client]) -> None:
    old: dict[str, Any] = {"name": "net", "mtu": 1460, "autoCreateSubnetworks": True, "__defaults": []}
    new: dict[str, Any] = {"name": "net", "mtu": 1500, "autoCreateSubnetworks": False, "__defaults": []}
    answer = clients["gcp"].ask("Diff", NETWORK, id="x", olds=old, old_inputs=old, news=new)
    assert answer.changes == rpc.DiffResponse.DIFF_SOME
    assert set(answer.detailedDiff) == {"mtu", "autoCreateSubnetworks"}
    same = clients["gcp"].ask("Diff", NETWORK, id="x", olds=old, old_inputs=old, news=old)
    assert same.changes == rpc.DiffResponse.DIFF_NONE
    renamed = clients["gcp"].ask(
        "Diff", NETWORK, id="x", olds=old, old_inputs=old, news={**old, "name": "other"}
    )
    assert list(renamed.replaces) == ["name"]
    assert not renamed.deleteBeforeReplace


def test_another_api_version_of_azure_is_the_same_type_and_an_unknown_type_is_said(
    clients: dict[str, Client],
) -> None:
    token = "azure-native:network/v20230901:VirtualNetwork"
    news = {"resourceGroupName": "main", "virtualNetworkName": "hub", "location": "westeurope"}
    news_with_space = {**news, "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}}
    assert list(clients["azure-native"].ask("Check", token, news=news_with_space).failures) == []
    unknown = clients["azure-native"].ask("Check", "azure-native:network:Tunnel", news=news)
    assert "azure-native:network:Tunnel is no resource type of the installed pulumi_azure_native" in (
        unknown.failures[0].reason
    )


def test_configuration_is_checked_like_everything_else(clients: dict[str, Client]) -> None:
    gcp = clients["gcp"]
    provider = "pulumi:providers:gcp"
    # The engine sends what is no string as JSON, and adds keys of its own.
    news = {"project": "demo-project", "batching": '{"enableBatching": true}', "version": "10.2.0"}
    assert list(gcp.ask("CheckConfig", provider, news=news).failures) == []
    wrong = gcp.ask("CheckConfig", provider, news={"projekt": "demo-project"})
    assert "projekt: there is no such property; did you mean project?" in wrong.failures[0].reason
    changed = gcp.ask("DiffConfig", provider, olds=news, old_inputs=news, news={**news, "version": "11.0.0"})
    assert changed.changes == rpc.DiffResponse.DIFF_NONE


def test_a_function_that_is_not_known_is_a_failure_in_a_sentence(clients: dict[str, Client]) -> None:
    answer = clients["gcp"].ask(
        "Invoke", tok="gcp:apigee/getEnvironmentForecast:getEnvironmentForecast", args={}
    )
    assert "the rehearsal does not know what getEnvironmentForecast answers" in answer.failures[0].reason


def test_a_function_answers_everything_its_type_declares(clients: dict[str, Client]) -> None:
    gcp = clients["gcp"]
    created = gcp.ask("Create", NETWORK, properties={"name": "net", "autoCreateSubnetworks": False})
    answer = gcp.ask("Invoke", tok="gcp:compute/getNetwork:getNetwork", args={"name": "net"})
    assert list(answer.failures) == []
    results = decode(getattr(answer, "return")).data
    assert results["id"] == created.id
    declared = gcp.served.shapes.function("gcp:compute/getNetwork:getNetwork")
    assert declared is not None
    assert {name for name, field in declared.items() if field.required} <= results.keys()


@pytest.mark.parametrize("method", ["Call", "Parameterize"])
def test_what_the_rehearsal_does_not_do_is_refused(clients: dict[str, Client], method: str) -> None:
    assert clients["gcp"].refused(method)


def test_a_defect_of_ours_is_one_sentence_with_the_traceback_in_the_log(
    clients: dict[str, Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> str:
        raise ZeroDivisionError("hush-hush went wrong")

    handler = logging.FileHandler(tmp_path / "log.txt")
    logging.getLogger("rehearsal").addHandler(handler)
    monkeypatch.setattr(clients["gcp"].served.knowledge, "identify", broken)
    secret = encode({"name": "hush-hush"}, [("name",)])
    words = clients["gcp"].refused("Create", NETWORK, properties=secret)
    logging.getLogger("rehearsal").removeHandler(handler)
    assert words == (
        f"x ({NETWORK}): the rehearsal failed in Create (ZeroDivisionError: [secret] went wrong); this is a "
        f"defect of the rehearsal, not of the program; please report it with {tmp_path / 'log.txt'}"
    )
    assert "Traceback" in (tmp_path / "log.txt").read_text()


@pytest.mark.parametrize("package", FOLDERS)
def test_an_sdk_that_is_not_installed_is_said(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(ModuleNotFoundError, match=r"which is not installed; run pip install pulumi-"):
        _ = serve()[package].sdk
