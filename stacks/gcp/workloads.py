"""What clusters of a Google Cloud stack are like for their workloads."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.accounts import INFERENCE_ACCOUNTS, TRAINING_ACCOUNTS
from components.contracts import Cluster, SegmentName, Workload
from components.gcp.google_ranges import FRONT_END_RANGES, RESTRICTED_RANGE
from components.kubernetes.image_lists import Releaser
from components.kubernetes.model_server import KeyStore
from components.kubernetes.profile import Profile, defaults
from stacks.gcp.base import Base
from stacks.workloads import Inside

IDENTITY_ANNOTATION = "iam.gke.io/gcp-service-account"
# GKE's collector reads measures of pods by it; its driver and provider mount secrets of Secret Manager.
# Sources: cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed,
# cloud.google.com/secret-manager/docs/secret-manager-managed-csi-component.
MONITORING = "monitoring.googleapis.com/v1"
SECRETS_DRIVER, SECRETS_PROVIDER = "secrets-store-gke.csi.k8s.io", "gke"
SECRETS_API = "secrets-store.csi.x-k8s.io/v1"


def inside(name: str, base: Base, segment: SegmentName, cluster: Cluster) -> Inside:
    """The cluster `name` of a segment."""
    accounts = {**TRAINING_ACCOUNTS, **INFERENCE_ACCOUNTS}
    return Inside(
        cluster=cluster,
        identifier=f"{base.place.project}/{base.place.region}/{name}",
        trust_domain=f"{name}.{base.place.project}",
        profile=_profile(base, segment),
        administrators=(_account(base, Workload.DEPLOYER),),
        releasers=(Releaser(kind="User", name=_account(base, Workload.SIGNER)),),
        identities={workload: base.identities[workload].id for workload in accounts},
        monitor=MONITORING,
    )


def key_store(secrets: Mapping[str, pulumi.Output[str]]) -> KeyStore | None:
    """How pods mount callers' API keys, by caller, if there are any."""
    if not secrets:
        return None
    entries = [
        pulumi.Output.format('- resourceName: "{0}/versions/latest"\n  path: "{1}"\n', secret, caller)
        for caller, secret in secrets.items()
    ]
    objects = {"secrets": pulumi.Output.concat(*entries)}
    return KeyStore(SECRETS_DRIVER, SECRETS_PROVIDER, SECRETS_API, objects)


def _profile(base: Base, segment: SegmentName) -> Profile:
    ranges = base.settings.segment_ranges
    return Profile(
        cloud=defaults("gcp"),
        # Regional services have endpoints of their own in the data segment.
        private_apis=(RESTRICTED_RANGE, str(ranges[SegmentName.DATA].nodes)),
        # The control plane's endpoint takes an address of the segment's subnet.
        api_server=(str(ranges[segment].nodes),),
        load_balancers=tuple(FRONT_END_RANGES),
        identity_annotation=IDENTITY_ANNOTATION,
    )


def _account(base: Base, workload: Workload) -> str:
    """A workload as an API server knows it: by its account's address."""
    return f"{base.settings.prefix}-{workload}@{base.place.project}.iam.gserviceaccount.com"
