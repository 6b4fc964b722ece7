"""Values only Google Cloud computes, in their real formats and deterministic per seed.

Leaves out: what all clouds share (`rehearsal.seeds`, `rehearsal.public_keys`, `rehearsal.authority`).
"""

from __future__ import annotations

import base64
import hashlib

from rehearsal import seeds


def project_number(project: str) -> str:
    """The twelve-digit number of a project id; a project given by number keeps it."""
    plain = project.removeprefix("projects/")
    return plain if plain.isdecimal() else seeds.FORMATS["number"](_hash(f"project {plain}"), "12")


def unique_account_id(email: str) -> str:
    """The 21-digit unique id of a service account, the same for the resource and the data source."""
    return "1" + seeds.FORMATS["number"](_hash(f"account {email}"), "20")


def fingerprint(seed: str) -> str:
    """Eight bytes in base64, the form of Compute Engine fingerprints."""
    return base64.b64encode(seeds.raw(seed, 8)).decode()


def etag(seed: str) -> str:
    """Eight bytes in base64 that start `Bw`, the form of IAM policy etags."""
    head, *rest = seeds.raw(seed, 7)
    return base64.b64encode(bytes([7, head & 15, *rest])).decode()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
