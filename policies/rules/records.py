"""For how many days records must be kept at the least, on every cloud."""

from __future__ import annotations

from policies.framework.situation import Situation

# CIS Controls v8, 8.10; HIPAA, 45 CFR 164.316(b)(2)(i), six years.
_DAYS = {"any": 90, "hipaa": 2192}


def least_days(situation: Situation) -> int:
    """What the frameworks in scope ask for, and 90 days without any."""
    return max(_DAYS.get(each, 0) for each in ("any", *situation.frameworks))
