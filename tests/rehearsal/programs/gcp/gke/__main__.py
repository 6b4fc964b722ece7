"""A GKE cluster and a workload in it, by a kubeconfig built from the cluster's outputs."""

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as k8s

config = pulumi.Config()
node_count = config.get_int("node_count") or 3
machine_type = config.get("machine_type") or "e2-standard-2"

engine_version = gcp.container.get_engine_versions(location="us-central1-a").latest_master_version

cluster = gcp.container.Cluster(
    "cluster",
    initial_node_count=node_count,
    node_version=engine_version,
    min_master_version=engine_version,
    deletion_protection=False,
    node_config=gcp.container.ClusterNodeConfigArgs(
        machine_type=machine_type,
        oauth_scopes=["https://www.googleapis.com/auth/cloud-platform"],
    ),
)


def kubeconfig(args):
    name, endpoint, auth = args
    context = f"{gcp.config.project}_{gcp.config.zone}_{name}"
    return f"""apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: {auth["cluster_ca_certificate"]}
    server: https://{endpoint}
  name: {context}
contexts:
- context:
    cluster: {context}
    user: {context}
  name: {context}
current-context: {context}
kind: Config
preferences: {{}}
users:
- name: {context}
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: gke-gcloud-auth-plugin
      installHint: Install gke-gcloud-auth-plugin for use with kubectl
      provideClusterInfo: true
"""


k8s_config = pulumi.Output.all(cluster.name, cluster.endpoint, cluster.master_auth).apply(kubeconfig)
provider = k8s.Provider("gke", kubeconfig=k8s_config)
opts = pulumi.ResourceOptions(provider=provider)

labels = {"app": "canary"}
canary = k8s.apps.v1.Deployment(
    "canary",
    spec=k8s.apps.v1.DeploymentSpecArgs(
        selector=k8s.meta.v1.LabelSelectorArgs(match_labels=labels),
        replicas=1,
        template=k8s.core.v1.PodTemplateSpecArgs(
            metadata=k8s.meta.v1.ObjectMetaArgs(labels=labels),
            spec=k8s.core.v1.PodSpecArgs(containers=[k8s.core.v1.ContainerArgs(name="nginx", image="nginx")]),
        ),
    ),
    opts=opts,
)

ingress = k8s.core.v1.Service(
    "ingress",
    spec=k8s.core.v1.ServiceSpecArgs(
        type="LoadBalancer",
        selector=labels,
        ports=[k8s.core.v1.ServicePortArgs(port=80)],
    ),
    opts=pulumi.ResourceOptions(provider=provider, depends_on=[canary]),
)

pulumi.export("kubeconfig", pulumi.Output.secret(k8s_config))
pulumi.export("ingress_ip", ingress.status.apply(lambda status: status.load_balancer.ingress[0].ip))
