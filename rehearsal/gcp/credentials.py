"""The key file of a service account, as `gcp.serviceaccount.Key` hands it out.

Guarantees: every field that programs and tools read from such a file.
Leaves out: a key. The private key says that it is none, so the file opens nothing.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from rehearsal import seeds
from rehearsal.gcp import values
from rehearsal.model import Resource

_CERTIFICATES = "https://www.googleapis.com"


def outputs(resource: Resource) -> Mapping[str, Any]:
    """The file in base64 (https://cloud.google.com/iam/docs/keys-create-delete#creating)."""
    email = str(resource.inputs["serviceAccountId"]).rsplit("/", 1)[-1]
    project = email.partition("@")[2].partition(".")[0]
    content = {
        "type": "service_account",
        "project_id": project,
        "private_key_id": seeds.FORMATS["hex"](resource.seed("key"), "40"),
        "private_key": "REHEARSAL: no key",
        "client_email": email,
        "client_id": values.unique_account_id(email),
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url": f"{_CERTIFICATES}/oauth2/v1/certs",
        "client_x509_cert_url": f"{_CERTIFICATES}/robot/v1/metadata/x509/{email.replace('@', '%40')}",
        "universe_domain": "googleapis.com",
    }
    return {"privateKey": base64.b64encode(json.dumps(content, indent=2).encode()).decode()}
