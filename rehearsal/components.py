"""Components that a provider builds itself: registers them and their children with the engine.

The package says which resources are inside (`Package.expand`); the engine then checks and creates each of
them by this same provider, as if the program had written them.

Left out: aliases and transformations of the children; the engine applies the program's own transforms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf.struct_pb2 import ListValue, Struct, Value

from rehearsal.model import Child, Refusal
from rehearsal.protocol import monitor, monitor_service
from rehearsal.protocol import provider as rpc
from rehearsal.values import RESOURCE, SIGNATURE, UNKNOWN_TEXT, Decoded, encode


def build(request: Any, given: Decoded, package: str, children: Sequence[Child]) -> Any:
    """Register a component and its children, one after the other, and answer a ConstructRequest."""
    with grpc.insecure_channel(request.monitorEndpoint) as channel:
        engine: Any = monitor_service.ResourceMonitorStub(channel)
        try:
            component: str = engine.RegisterResource(_component(request, given)).urn
            made: list[Any] = []
            for child in children:
                after = [made[index].urn for index in child.depends_on]
                made.append(engine.RegisterResource(_child(request, component, package, child, after)))
            state = _state(made)
            engine.RegisterResourceOutputs(
                monitor.RegisterResourceOutputsRequest(urn=component, outputs=state)
            )
        except grpc.RpcError as error:
            problem = "one of its resources was refused"
            raise Refusal("", problem, "the message about that resource says why") from error
    return rpc.ConstructResponse(urn=component, state=state)


def _component(request: Any, given: Decoded) -> Any:
    return monitor.RegisterResourceRequest(
        type=request.type,
        name=request.name,
        parent=request.parent,
        object=encode(given.data, given.secrets),
        protect=request.protect,
        dependencies=request.dependencies,
        aliases=request.aliases,
        providers=request.providers,
        acceptSecrets=True,
        acceptResources=True,
        parentStackTraceHandle=request.stack_trace_handle,
    )


def _child(request: Any, component: str, package: str, child: Child, after: Sequence[str]) -> Any:
    return monitor.RegisterResourceRequest(
        type=child.type,
        name=child.name,
        parent=component,
        custom=True,
        object=encode(child.inputs, [(name,) for name in child.secrets]),
        provider=request.providers.get(package, ""),
        dependencies=[*request.dependencies, *after],
        retainOnDelete=request.retainOnDelete,
        acceptSecrets=True,
        acceptResources=True,
        supportsPartialValues=True,
        parentStackTraceHandle=request.stack_trace_handle,
    )


def _state(made: Sequence[Any]) -> Struct:
    """The output `resources`: references to the children."""
    references = ListValue()
    for child in made:
        reference = Struct()
        reference.fields[SIGNATURE].string_value = RESOURCE
        reference.fields["urn"].string_value = child.urn
        reference.fields["id"].string_value = child.id or UNKNOWN_TEXT
        references.values.append(Value(struct_value=reference))
    state = Struct()
    state.fields["resources"].list_value.CopyFrom(references)
    return state
