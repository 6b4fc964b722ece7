"""What plans are that break claims: resources, claims by their two ends, and what these are asked about."""

from __future__ import annotations

from isolation.model import Scope
from isolation.resources import Resource
from tests.isolation.aws_plan import SCOPE

# Only what is declared leads to the enterprise network; with its own ranges it may be connected by anybody.
ALONE = Scope(SCOPE.segments)
# The ends of a claim that something never reaches something; with a plus that it does.
Pair = tuple[str, str]
Plan = tuple[list[Resource], list[Pair], Scope]
