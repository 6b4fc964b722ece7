"""Jobs, a set with storage, access rules, quotas, network policies and patches."""

import pulumi
import pulumi_kubernetes as k8s

space = k8s.core.v1.Namespace(
    "jobs",
    metadata={
        "name": "jobs",
        "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
    },
)
meta = {"namespace": space.metadata.name}

k8s.core.v1.ServiceAccountPatch(
    "no-token",
    metadata={**meta, "name": "default"},
    automount_service_account_token=False,
)
role = k8s.rbac.v1.Role(
    "reader", metadata=meta, rules=[{"api_groups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]
)
account = k8s.core.v1.ServiceAccount("runner", metadata=meta)
k8s.rbac.v1.RoleBinding(
    "runner-reads",
    metadata=meta,
    role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": role.metadata.name},
    subjects=[{"kind": "ServiceAccount", "name": account.metadata.name, "namespace": space.metadata.name}],
)
k8s.networking.v1.NetworkPolicy(
    "deny-all", metadata=meta, spec={"pod_selector": {}, "policy_types": ["Ingress", "Egress"]}
)
quota = k8s.core.v1.ResourceQuota("quota", metadata=meta, spec={"hard": {"pods": "20", "requests.cpu": "8"}})

pod = {"containers": [{"name": "main", "image": "busybox", "command": ["true"]}], "restart_policy": "Never"}
job = k8s.batch.v1.Job(
    "once", metadata=meta, spec={"completions": 3, "parallelism": 3, "template": {"spec": pod}}
)
k8s.batch.v1.CronJob(
    "nightly",
    metadata=meta,
    spec={"schedule": "0 3 * * *", "job_template": {"spec": {"template": {"spec": pod}}}},
)
labels = {"app": "db"}
database = k8s.apps.v1.StatefulSet(
    "db",
    metadata=meta,
    spec={
        "service_name": "db",
        "replicas": 2,
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [
                    {
                        "name": "db",
                        "image": "postgres:16",
                        "volume_mounts": [{"name": "data", "mount_path": "/var/lib/postgresql"}],
                    }
                ]
            },
        },
        "volume_claim_templates": [
            {
                "metadata": {"name": "data"},
                "spec": {"access_modes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}},
            }
        ],
    },
)
release = k8s.helm.v3.Release(
    "metrics",
    chart="metrics-server",
    namespace=space.metadata.name,
    repository_opts={"repo": "https://charts.example.com"},
    values={"args": ["--metric-resolution=15s"]},
)

pulumi.export("succeeded", job.status.succeeded)
pulumi.export("replicas", database.status.ready_replicas)
pulumi.export("used", quota.status.used)
pulumi.export("release", release.status.status)
