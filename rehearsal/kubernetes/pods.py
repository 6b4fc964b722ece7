"""What the API server refuses in a pod, or in the template of one.

Guarantees: the rules between parts that a table cannot say (names used twice, mounts without a volume,
requests above limits) and the table's own. Unknown parts are passed over.
Leaves out: admission (Pod Security, quotas, webhooks) and everything a node would find out.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, cast

from rehearsal import limits
from rehearsal.kubernetes import names
from rehearsal.model import UNKNOWN, Refusal

_POD: Final = cast(Sequence[Mapping[str, Any]], names.LIMITS["pod"])
_CONTAINER: Final = cast(Sequence[Mapping[str, Any]], names.LIMITS["container"])
_CONTAINERS: Final = "https://kubernetes.io/docs/concepts/workloads/pods/#pod-templates"
_VOLUMES: Final = "https://kubernetes.io/docs/concepts/storage/volumes/"
_RESOURCES: Final = "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/"
_PROBES: Final = (
    "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/"
)
_HANDLERS: Final = ("exec", "httpGet", "tcpSocket", "grpc")
_SUFFIXES: Final = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{letter: Decimal(10) ** (3 * power) for power, letter in enumerate("kMGTPE", 1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
}


def judge(path: str, spec: Any, claimed: frozenset[str] = frozenset()) -> Iterator[Refusal]:
    """Refuse what the API server refuses in a pod specification.

    Args:
        path: where the specification is, such as `spec.template.spec`.
        spec: the specification; may be or hold `UNKNOWN`.
        claimed: volumes that exist besides the specification's own (a StatefulSet's claim templates).
    """
    if spec is UNKNOWN or not isinstance(spec, Mapping):
        return
    pod = cast(Mapping[str, Any], spec)
    yield from _below(path, limits.check(_POD, pod))
    volumes = _named(pod.get("volumes"))
    known_volumes = claimed | frozenset(volumes) if pod.get("volumes") is not UNKNOWN else None
    if UNKNOWN in volumes:
        known_volumes = None
    yield from _twice(f"{path}.volumes", volumes, _VOLUMES)
    container_names: list[Any] = []
    for part in ("initContainers", "containers"):
        for index, container in enumerate(_items(pod.get(part))):
            container_names.append(container.get("name"))
            yield from _container(f"{path}.{part}[{index}]", container, known_volumes)
    yield from _twice(f"{path}.containers", container_names, _CONTAINERS)


def quantity(text: Any) -> Decimal | None:
    """Return a quantity such as `500m` or `2Gi` as a number; `None` when it is unknown or none."""
    if text is UNKNOWN or text is None or not names.FORMATS["quantity"].fits(str(text)):
        return None
    number, factor = str(text), Decimal(1)
    for suffix in sorted(_SUFFIXES, key=len, reverse=True):
        if number.endswith(suffix):
            number, factor = number.removesuffix(suffix), _SUFFIXES[suffix]
            break
    return Decimal(number) * factor


def _container(path: str, container: Mapping[str, Any], volumes: frozenset[str] | None) -> Iterator[Refusal]:
    yield from _below(path, limits.check(_CONTAINER, container))
    yield from names.judge(f"{path}.name", container.get("name"), "label")
    ports = _items(container.get("ports"))
    for index, port in enumerate(ports):
        yield from names.judge(f"{path}.ports[{index}].name", port.get("name"), "port_name")
    yield from _twice(f"{path}.ports", [port.get("name") for port in ports], _CONTAINERS)
    yield from _mounts(path, container, volumes)
    yield from _environment(path, container)
    yield from _amounts(f"{path}.resources", container.get("resources"))
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        yield from _probe(f"{path}.{probe}", container.get(probe))


def _mounts(path: str, container: Mapping[str, Any], volumes: frozenset[str] | None) -> Iterator[Refusal]:
    places: list[Any] = []
    for index, mount in enumerate(_items(container.get("volumeMounts"))):
        here = f"{path}.volumeMounts[{index}]"
        name, place = mount.get("name"), mount.get("mountPath")
        places.append(place)
        if volumes is not None and isinstance(name, str) and name not in volumes:
            known = ", ".join(sorted(volumes)) or "none"
            yield Refusal(f"{here}.name", f"there is no volume {name!r}", f"the pod has {known}", _VOLUMES)
        if isinstance(place, str) and (not place or ":" in place):
            yield Refusal(f"{here}.mountPath", f"{place!r} is not a path", "write one without ':'", _VOLUMES)
    yield from _twice(f"{path}.volumeMounts", places, _VOLUMES, "mountPath")


def _environment(path: str, container: Mapping[str, Any]) -> Iterator[Refusal]:
    for index, variable in enumerate(_items(container.get("env"))):
        here = f"{path}.env[{index}]"
        name = variable.get("name")
        if isinstance(name, str) and (not name or "=" in name):
            source = "https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/"
            yield Refusal(f"{here}.name", f"{name!r} is no variable name", "leave out '='", source)
        if variable.get("valueFrom") is not None and variable.get("value") not in (None, UNKNOWN, ""):
            yield Refusal(here, "it has both value and valueFrom", "keep one of them", _CONTAINERS)


def _amounts(path: str, resources: Any) -> Iterator[Refusal]:
    if resources is UNKNOWN or not isinstance(resources, Mapping):
        return
    parts: dict[str, Mapping[str, Any]] = {}
    for part in ("requests", "limits"):
        amounts = cast(Mapping[str, Any], resources).get(part)
        parts[part] = cast(Mapping[str, Any], amounts) if isinstance(amounts, Mapping) else {}
        for name, amount in parts[part].items():
            yield from names.judge(f'{path}.{part}["{name}"]', amount, "quantity")
    for name, amount in parts["requests"].items():
        asked, most = quantity(amount), quantity(parts["limits"].get(name))
        if asked is not None and most is not None and asked > most:
            problem = f"{amount} {name} are asked for and at most {parts['limits'][name]} are allowed"
            yield Refusal(f"{path}.requests", problem, "ask for no more than the limit", _RESOURCES)


def _probe(path: str, probe: Any) -> Iterator[Refusal]:
    if probe is UNKNOWN or not isinstance(probe, Mapping):
        return
    given = [handler for handler in _HANDLERS if cast(Mapping[str, Any], probe).get(handler) is not None]
    if len(given) != 1:
        problem = f"{' and '.join(given)} are given together" if given else "it does nothing"
        yield Refusal(path, problem, f"give exactly one of {', '.join(_HANDLERS)}", _PROBES)


def _below(path: str, refusals: Sequence[Refusal]) -> Iterator[Refusal]:
    for refusal in refusals:
        yield Refusal(f"{path}.{refusal.path}", refusal.problem, refusal.remedy, refusal.source)


def _twice(path: str, values: Sequence[Any], source: str, key: str = "name") -> Iterator[Refusal]:
    texts = [value for value in values if isinstance(value, str)]
    for value in sorted({text for text in texts if texts.count(text) > 1}):
        yield Refusal(path, f"the {key} {value!r} is there twice", f"give each a {key} of its own", source)


def _named(value: Any) -> list[Any]:
    return [item.get("name") for item in _items(value)]


def _items(value: Any) -> list[Mapping[str, Any]]:
    if value is UNKNOWN or not isinstance(value, list):
        return []
    return [
        cast(Mapping[str, Any], item)
        for item in cast(list[Any], value)
        if item is not UNKNOWN and isinstance(item, Mapping)
    ]
