"""Pieces of Envoy's configuration that the gateway and its screen share."""

from __future__ import annotations

from typing import Any


def cluster(name: str, kind: str, address: str, port: int) -> dict[str, Any]:
    """Where Envoy sends to, by a name of ours: `kind` is `STATIC` or `STRICT_DNS`."""
    endpoint = {"endpoint": {"address": {"socket_address": {"address": address, "port_value": port}}}}
    return {
        "name": name,
        "type": kind,
        "connect_timeout": "2s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def type_name(name: str) -> str:
    """The full name of one of Envoy's extensions."""
    return f"type.googleapis.com/envoy.extensions.{name}"
