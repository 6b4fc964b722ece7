"""The pod of a model server: weights that hold, the gateway, and vLLM behind it.

Guarantees: what `pods.py` and `weights.py` guarantee; the gateway starts first and stops last, and lives as
long as the pod (a native sidecar); vLLM has no address but loopback, no way to the internet and no telemetry.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi

from components.kubernetes import gateway, pods, weights
from components.kubernetes.scope import Scope

if TYPE_CHECKING:
    from components.kubernetes.model_server import ModelServerArgs

# A pod finishes what it answers: it waits until nobody sends to it, stops taking, then ends.
DRAIN_SECONDS, FINISH_SECONDS, GRACE_SECONDS = 20, 90, 150
# Half an hour to load weights, in steps of ten seconds.
START_TRIES = 180

# The kubelet cannot reach loopback, so a process in the container asks.
ASK = f"import urllib.request as u; u.urlopen('http://127.0.0.1:{gateway.MODEL_PORT}/health', timeout=4)"
HEALTH = ["python3", "-c", ASK]

ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "HOME": "/home/vllm",
    "HF_HOME": "/home/vllm/hf",
    "XDG_CACHE_HOME": "/home/vllm/cache",
    "XDG_CONFIG_HOME": "/home/vllm/config",
    "VLLM_CACHE_ROOT": "/home/vllm/cache/vllm",
    "TRITON_CACHE_DIR": "/home/vllm/cache/triton",
    "TORCHINDUCTOR_CACHE_DIR": "/home/vllm/cache/inductor",
}


def server_pod(scope: Scope, args: ModelServerArgs, rules: pulumi.Output[str], account: str) -> pods.Spec:
    """`rules` is the name of the ConfigMap with the gateway's configuration."""
    volumes = [
        pods.scratch(weights.WEIGHTS_VOLUME, "500Gi"),
        pods.scratch("tmp", "10Gi"),
        pods.scratch("home", "20Gi"),
        pods.scratch("shm", f"{8 * args.gpus}Gi", memory=True),
        weights.key_volume(),
        {"name": "gateway", "config_map": {"name": rules}},
        {"name": "tls", "secret": {"secret_name": f"{account}-tls", "default_mode": 0o440}},
    ]
    if args.keys:
        volumes.append(_mounted("keys", "api-keys", args.keys.driver))
    if args.front:
        volumes.append(_mounted("front", "front", args.front.store.driver))
    return pods.pod(
        account,
        termination_grace_period_seconds=GRACE_SECONDS,
        node_selector=dict(args.node_labels),
        tolerations=scope.profile.cloud.gpu_tolerations,
        topology_spread_constraints=[
            {
                "max_skew": 1,
                "topology_key": "topology.kubernetes.io/zone",
                "when_unsatisfiable": "ScheduleAnyway",
                "label_selector": {"match_labels": {"palisade/role": "model-server"}},
                "match_label_keys": ["pod-template-hash"],
            }
        ],
        init_containers=[
            weights.fetch(scope.software.image("weights"), args.models.uri, args.model),
            _gateway(scope, args),
        ],
        containers=[_server(scope, args)],
        volumes=volumes,
    )


def _mounted(volume: str, class_: str, driver: str) -> pods.Spec:
    attributes = {"secretProviderClass": class_}
    return {"name": volume, "csi": {"driver": driver, "read_only": True, "volume_attributes": attributes}}


def _gateway(scope: Scope, args: ModelServerArgs) -> pods.Spec:
    mounts = [
        pods.mount("gateway", "/etc/gateway", read_only=True),
        pods.mount("tls", gateway.CERTIFICATES, read_only=True),
        pods.mount("tmp", "/tmp", sub_path="gateway"),
    ]
    if args.keys:
        mounts.append(pods.mount("keys", gateway.KEYS, read_only=True))
    if args.front:
        mounts.append(pods.mount("front", gateway.FRONT_FOLDER, read_only=True))
    return pods.container(
        "gateway",
        scope.software.image("gateway"),
        {"cpu": "2", "memory": "1Gi", "ephemeral-storage": "1Gi"},
        # Started before the server, and stopped after it.
        restart_policy="Always",
        args=["--config-path", "/etc/gateway/envoy.json", "--log-level", "warning", "--disable-hot-restart"],
        ports=[{"name": "https", "container_port": gateway.PORT}],
        startup_probe={"tcp_socket": {"port": gateway.PORT}, "period_seconds": 2, "failure_threshold": 30},
        volume_mounts=mounts,
    )


def _server(scope: Scope, args: ModelServerArgs) -> pods.Spec:
    gpu = scope.profile.cloud.gpu_resource
    health = [
        "python3",
        "-c",
        f"import urllib.request as u; u.urlopen('http://127.0.0.1:{gateway.MODEL_PORT}/health', timeout=4)",
    ]
    checked = {"exec_": {"command": health}, "period_seconds": 10, "timeout_seconds": 5}
    return pods.container(
        "server",
        scope.software.image("vllm"),
        {
            "cpu": str(8 * args.gpus),
            "memory": f"{args.memory_gib * args.gpus}Gi",
            "ephemeral-storage": "20Gi",
            gpu: str(args.gpus),
        },
        args=[
            *("--model", pods.MODELS),
            *("--served-model-name", args.model),
            *("--host", "127.0.0.1"),
            *("--port", str(gateway.MODEL_PORT)),
            *("--tensor-parallel-size", str(args.gpus)),
            # The most for any answer, whatever a request says or leaves out.
            *("--override-generation-config", json.dumps({"max_new_tokens": args.max_tokens})),
            "--disable-log-requests",
            *("--shutdown-timeout", str(FINISH_SECONDS)),
        ],
        env=pods.environment(dict(ENVIRONMENT)),
        startup_probe={**checked, "failure_threshold": START_TRIES},
        readiness_probe=checked,
        liveness_probe={**checked, "period_seconds": 30, "failure_threshold": 5},
        lifecycle={"pre_stop": {"sleep": {"seconds": DRAIN_SECONDS}}},
        volume_mounts=[
            pods.mount(weights.WEIGHTS_VOLUME, pods.MODELS, read_only=True),
            pods.mount("home", "/home/vllm"),
            pods.mount("tmp", "/tmp", sub_path="server"),
            pods.mount("shm", "/dev/shm"),
        ],
    )
