"""Pulumi's provider protocol for one package: messages in, messages out, `rehearsal.operations` in between.

It answers as a bridged provider does: secrets are accepted and kept, resources passed as values arrive as
ids, a preview is supported, changes are reported by property path. Components (`Construct`) and methods
(`Call`) are refused in one sentence.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty

from rehearsal import answers, components
from rehearsal import diff as differences
from rehearsal.faults import FaultList
from rehearsal.guard import guarded
from rehearsal.model import Checked, Child, Context, Live, Refusal, Resource
from rehearsal.operations import Operations
from rehearsal.packages import Served
from rehearsal.protocol import plugin, service
from rehearsal.protocol import provider as rpc
from rehearsal.record import CloudRecord
from rehearsal.schema import package_schema
from rehearsal.values import Decoded, decode, encode, mask

# Configuration that the engine puts into every provider.
_ENGINE_KEYS = frozenset({"version", "pluginDownloadURL"})


@dataclass
class _Connection:
    """One provider instance of the engine; each has a connection of its own."""

    context: Context
    cancelled: threading.Event = field(default_factory=threading.Event)


class Provider(service.ResourceProviderServicer):
    """The servicer of one package."""

    def __init__(
        self, served: Served, record: CloudRecord, faults: FaultList, live: Live | None = None
    ) -> None:
        self._served = served
        self._operations = Operations(served, record, faults, live)
        self._record = record
        self._connections: dict[str, _Connection] = {}

    # Life of a provider instance

    @guarded
    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        return rpc.ProviderHandshakeResponse(accept_secrets=True, supports_autonaming_configuration=True)

    @guarded
    def Attach(self, request: Any, context: grpc.ServicerContext) -> Empty:
        return Empty()

    @guarded
    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        return plugin.PluginInfo(version=self._served.sdk.version)

    @guarded
    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        served = self._served
        types = {existing.type for existing in self._record.find(f"{served.name}:*")}
        found = {token: shape for token in sorted(types) if (shape := served.shapes.resource(token))}
        schema = package_schema(served.name, served.sdk.version, found)
        return rpc.GetSchemaResponse(schema=json.dumps(schema))

    @guarded
    def GetMapping(self, request: Any, context: grpc.ServicerContext) -> Any:
        return rpc.GetMappingResponse()

    @guarded
    def GetMappings(self, request: Any, context: grpc.ServicerContext) -> Any:
        return rpc.GetMappingsResponse()

    @guarded
    def Parameterize(self, request: Any, context: grpc.ServicerContext) -> Any:
        raise Refusal("", f"{self._served.name} takes no parameters in the rehearsal")

    @guarded
    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Empty:
        self._connection(context).cancelled.set()
        return Empty()

    # Configuration

    @guarded
    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        given = decode(request.news)
        parsed = self._parsed(given.data)
        checked = self._served.knowledge.configure(parsed)
        filled = {
            **given.data,
            **{
                key: value if isinstance(value, str) else json.dumps(value)
                for key, value in checked.inputs.items()
                if given.data.get(key) is None and value is not None
            },
        }
        own = {key: value for key, value in parsed.items() if key not in _ENGINE_KEYS}
        failures = [*self._served.checker.check(self._served.shapes.provider(), own), *checked.refusals]
        return answers.checked(filled, given, failures)

    @guarded
    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        olds = self._parsed(
            decode(request.old_inputs if request.HasField("old_inputs") else request.olds).data
        )
        news = self._parsed(decode(request.news).data)
        replaces = self._served.knowledge.config_replaces(olds, news)
        changes = [
            differences.Change(change.path, change.kind, change.top in replaces)
            for change in differences.diff(olds, news, ())
            if change.top not in _ENGINE_KEYS
        ]
        return answers.difference(changes, delete_before_replace=False)

    @guarded
    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        given = self._parsed(decode(request.args).data)
        config = self._served.knowledge.configure(given).inputs
        configured = Context(self._served.name, config)
        self._connections[context.peer()] = _Connection(configured)
        self._operations.meet(configured)
        return rpc.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    # Resources

    @guarded
    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        olds, news = decode(request.olds), decode(request.news)
        resource = self._resource(request, news.data, context)
        generation = 0 if olds.data else self._record.next_generation(resource.urn)
        proposed = request.autonaming.proposed_name or None
        named = replace(resource, generation=generation, proposed_name=proposed)
        checked = self._judge(named, olds.data or None)
        return answers.checked(checked.inputs, news, checked.refusals)

    @guarded
    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        olds = decode(request.old_inputs if request.HasField("old_inputs") else request.olds).data
        news = decode(request.news).data
        resource = self._resource(request, news, context)
        immutable = self._immutable(resource.type) | self._served.knowledge.replaced_by(resource, olds)
        changes = differences.diff(olds, news, immutable)
        replaced = any(change.replaces for change in changes)
        before = replaced and self._served.knowledge.delete_before_replace(resource, olds)
        return answers.difference(changes, delete_before_replace=before)

    @guarded
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        given = decode(request.properties)
        resource = self._resource(request, given.data, context, preview=request.preview)
        id, outputs = self._operations.create(resource, self._connection(context).cancelled)
        return rpc.CreateResponse(id=id, properties=encode(outputs, given.secrets_in(outputs)))

    @guarded
    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        state, inputs = decode(request.properties), decode(request.inputs)
        resource = self._resource(request, inputs.data, context)
        existing = self._operations.read(resource, request.id, self._connection(context).cancelled)
        if existing is None:
            return rpc.ReadResponse()
        secrets = state.secrets | inputs.secrets
        return rpc.ReadResponse(
            id=existing.id,
            properties=encode(existing.outputs, secrets),
            inputs=encode(existing.inputs, secrets),
        )

    @guarded
    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        olds, news = decode(request.olds), decode(request.news)
        resource = self._resource(request, news.data, context, preview=request.preview)
        outputs = self._operations.update(
            resource,
            request.id,
            olds.data,
            decode(request.old_inputs).data,
            self._connection(context).cancelled,
        )
        # What was secret among the outputs stays so; inputs are secret where the program says so now.
        kept = {path for path in olds.secrets if path[0] not in news.data}
        return rpc.UpdateResponse(properties=encode(outputs, news.secrets_in(outputs) | kept))

    @guarded
    def Delete(self, request: Any, context: grpc.ServicerContext) -> Empty:
        resource = self._resource(request, decode(request.old_inputs).data, context)
        self._operations.delete(resource, request.id, self._connection(context).cancelled)
        return Empty()

    # Functions, methods, components

    @guarded
    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        args = decode(request.args)
        connection = self._connection(context)
        token = self._served.canonical(request.tok)
        self._operations.suffer_invoke(token, connection.cancelled)
        view = self._operations.view(connection.context)
        try:
            answer = self._served.knowledge.invoke(token, args.data, connection.context, view)
        except Refusal as refusal:
            reason = mask(refusal.sentence(), args.secret_texts())
            # The SDKs put the property in brackets behind the reason.
            failure = rpc.CheckFailure(property=refusal.path or token, reason=reason)
            return rpc.InvokeResponse(failures=[failure])
        results = self._served.filler.results(token, args.data, connection.context, answer)
        response = rpc.InvokeResponse()
        # `return` is a keyword of Python, so the field cannot be named.
        getattr(response, "return").CopyFrom(encode(results))
        return response

    @guarded
    def Call(self, request: Any, context: grpc.ServicerContext) -> Any:
        raise Refusal(
            "", "methods of resources are not known to the rehearsal", "use a property or a setting"
        )

    @guarded
    def Construct(self, request: Any, context: grpc.ServicerContext) -> Any:
        given = decode(request.inputs)
        children = self._served.knowledge.expand(request.type, request.name, given.data)
        for child in children:
            self._refuse_child(child, context)
        return components.build(request, given, self._served.name, children)

    # Parts

    def _connection(self, context: grpc.ServicerContext) -> _Connection:
        """The provider instance behind a request.

        Requests do not name it; the engine opens one connection for each. A connection that was opened anew
        after a break is taken for the last one configured.
        """
        known = self._connections.get(context.peer())
        if known is None:
            last = next(reversed(self._connections.values()), None)
            known = last or _Connection(Context(self._served.name))
        return known

    def _resource(
        self, request: Any, inputs: Mapping[str, Any], context: grpc.ServicerContext, *, preview: bool = False
    ) -> Resource:
        *_, types, name = request.urn.split("::", 3)
        token = self._served.canonical(types.rsplit("$", 1)[-1])
        shape = self._served.shape(token)
        names = frozenset(shape.inputs) if shape else frozenset[str]()
        connection = self._connection(context)
        return Resource(
            request.urn, token, name, inputs, connection.context, preview=preview, input_names=names
        )

    def _judge(self, resource: Resource, olds: Mapping[str, Any] | None) -> Checked:
        shape = self._served.shape(resource.type)
        if shape is None and not self._served.knowledge.accepts(resource.type):
            return Checked(resource.inputs, [self._no_such_type(resource.type)])
        failures = list(self._served.checker.check(shape.inputs, resource.inputs)) if shape else []
        if failures:
            return Checked(resource.inputs, failures)
        return self._served.knowledge.check(resource, olds, self._operations.view(resource.context))

    def _refuse_child(self, child: Child, context: grpc.ServicerContext) -> None:
        """Raise what is wrong with a resource inside a component, before the engine hears of any of them."""
        request = rpc.CheckRequest(urn=f"urn:pulumi:stack::project::{child.type}::{child.name}")
        resource = self._resource(request, child.inputs, context)
        for refusal in self._judge(resource, None).refusals:
            hidden = Decoded(dict(child.inputs), frozenset((name,) for name in child.secrets)).secret_texts()
            raise Refusal("", mask(f"{child.name} ({child.type}): {refusal.sentence()}", hidden))

    def _immutable(self, type: str) -> frozenset[str]:
        shape = self._served.shape(type)
        documented = [name for name, field in shape.inputs.items() if field.replaces] if shape else []
        return self._served.knowledge.immutable(type) | frozenset(documented)

    def _no_such_type(self, type: str) -> Refusal:
        sdk = self._served.sdk
        return Refusal(
            "",
            f"{type} is no resource type of the installed {sdk.root.name} {sdk.version}",
            "check the type, or install the version of the SDK that has it",
        )

    def _parsed(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Configuration with the JSON texts that stand for numbers, booleans, lists and objects read."""
        fields = self._served.shapes.provider()
        return {key: answers.parsed(value, fields.get(key)) for key, value in config.items()}
