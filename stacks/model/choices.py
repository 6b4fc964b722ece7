"""The words a stack file chooses from. Each enumeration is one closed choice."""

from __future__ import annotations

from enum import StrEnum


class Cloud(StrEnum):
    GCP = "gcp"
    AWS = "aws"
    AZURE = "azure"


class Environment(StrEnum):
    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


class Phase(StrEnum):
    """The roadmap: first 90 days, months 3 to 9, month 9 on. A phase adds, it never removes a control."""

    FOUNDATION = "foundation"
    ADVANCED = "advanced"
    CONTINUOUS = "continuous"


class Accelerator(StrEnum):
    NONE = "none"
    L4 = "l4"
    A100 = "a100"
    H100 = "h100"


class Classification(StrEnum):
    """The most sensitive class of data on the platform; each includes the ones before it."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    PHI = "phi"


class Framework(StrEnum):
    GDPR = "gdpr"
    HIPAA = "hipaa"
    ISO27001 = "iso27001"


class LawfulBasis(StrEnum):
    """Why personal data may be processed: GDPR Art. 6(1), in its order."""

    NONE_NEEDED = "none-needed"
    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal-obligation"
    VITAL_INTERESTS = "vital-interests"
    PUBLIC_TASK = "public-task"
    LEGITIMATE_INTERESTS = "legitimate-interests"
