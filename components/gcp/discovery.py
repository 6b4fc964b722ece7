"""Discovery of personal data: Google profiles every bucket of the project, old and new.

Guarantees: no bucket is left out, and profiles are made anew when content changes.

Leaves out: masking, which a pipeline does before training; profiles of data elsewhere.
Source: cloud.google.com/sensitive-data-protection/docs/profile-project-cloud-storage.
"""

from __future__ import annotations

import pulumi
from pulumi_gcp.dataloss.prevention_discovery_config import PreventionDiscoveryConfig
from pulumi_gcp.dataloss.prevention_inspect_template import PreventionInspectTemplate

# What identifies a person or tells of health.
# Source: cloud.google.com/sensitive-data-protection/docs/infotypes-reference.
KINDS = (
    "PERSON_NAME",
    "EMAIL_ADDRESS",
    "PHONE_NUMBER",
    "STREET_ADDRESS",
    "DATE_OF_BIRTH",
    "GOVERNMENT_ID",
    "FINANCIAL_ID",
    "MEDICAL_RECORD_NUMBER",
    "MEDICAL_TERM",
    "IP_ADDRESS",
)


def discover_personal_data(name: str, project: str, region: str, parent: pulumi.Resource) -> None:
    """Profiles of all buckets of the project, in its region."""
    place = f"projects/{project}/locations/{region}"
    template = PreventionInspectTemplate(
        f"{name}-personal",
        parent=place,
        template_id=f"{name}-personal",
        display_name="Personal and health data",
        inspect_config={"info_types": [{"name": kind} for kind in KINDS], "min_likelihood": "POSSIBLE"},
        opts=pulumi.ResourceOptions(parent=parent),
    )
    PreventionDiscoveryConfig(
        f"{name}-personal",
        parent=place,
        location=region,
        display_name=f"{name}-personal",
        status="RUNNING",
        inspect_templates=[template.id],
        targets=[
            {
                "cloud_storage_target": {
                    "filter": {"others": {}},
                    "generation_cadence": {
                        "refresh_frequency": "UPDATE_FREQUENCY_DAILY",
                        "inspect_template_modified_cadence": {"frequency": "UPDATE_FREQUENCY_DAILY"},
                    },
                }
            }
        ],
        opts=pulumi.ResourceOptions(parent=parent),
    )
