"""What Cognito refuses of a client because its flows, scopes and lifetimes do not fit, and a server's scopes.

Limits of a single input are in `cognito.yaml`. An unknown value refuses nothing; scopes of a pool that the
record does not hold are taken as given.
Source: https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints-oauth-grants.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rehearsal import paths
from rehearsal.model import UNKNOWN, Record, Refusal, Resource

CLIENT = "aws:cognito/userPoolClient:UserPoolClient"
SERVER = "aws:cognito/resourceServer:ResourceServer"
_POOL = "aws:cognito/userPool:UserPool"
_CREATE = "https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html"
_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
# Token -> (unit that a plain number has, least and greatest seconds, the two in words).
_LIVES = {
    "accessToken": ("hours", 300, 86400, "5 minutes to 1 day"),
    "idToken": ("hours", 300, 86400, "5 minutes to 1 day"),
    "refreshToken": ("days", 3600, 315360000, "60 minutes to 10 years"),
}
_OF_PEOPLE = ("openid", "email", "phone", "profile", "aws.cognito.signin.user.admin")


def client(inputs: Mapping[str, Any]) -> Iterator[Refusal]:
    """Flows with what they need, and how long tokens live."""
    flows = [flow for _, flow in paths.find(inputs, "allowedOauthFlows[*]")]
    scopes = [scope for _, scope in paths.find(inputs, "allowedOauthScopes[*]")]
    if UNKNOWN not in flows and flows:
        yield from _flows(inputs, flows, scopes)
    for token, (unit, low, high, words) in _LIVES.items():
        life = inputs.get(f"{token}Validity")
        said = paths.get(inputs, f"tokenValidityUnits.{token}")
        given = unit if said is None else said
        if not isinstance(life, int | float) or not life or given not in _SECONDS:
            continue
        if not low <= life * _SECONDS[given] <= high:
            problem = f"{life:g} {given} are no life of this token"
            yield Refusal(f"{token}Validity", problem, f"write {words}", _CREATE)


def _flows(inputs: Mapping[str, Any], flows: list[Any], scopes: list[Any]) -> Iterator[Refusal]:
    if inputs.get("allowedOauthFlowsUserPoolClient") in (None, False):
        problem = "the client may use no flows"
        yield Refusal("allowedOauthFlowsUserPoolClient", problem, "write true", _CREATE)
    if not scopes:
        yield Refusal("allowedOauthScopes", "a flow asks for no scope", "name at least one", _CREATE)
    if "client_credentials" not in flows:
        if inputs.get("callbackUrls") in (None, []):
            problem = "a flow of people ends nowhere"
            yield Refusal("callbackUrls", problem, "name where they come back to", _CREATE)
        return
    if len(flows) > 1:
        problem = "client_credentials stands beside a flow of people"
        yield Refusal("allowedOauthFlows", problem, "make two clients", _CREATE)
    if inputs.get("generateSecret") in (None, False):
        problem = "client_credentials needs a client with a secret"
        yield Refusal("generateSecret", problem, "write true", _CREATE)
    for scope in scopes:
        if scope in _OF_PEOPLE:
            problem = f'"{scope}" is a scope of people, not of client_credentials'
            yield Refusal("allowedOauthScopes", problem, "name scopes of a resource server", _CREATE)


def refuse(resource: Resource, record: Record) -> Refusal | None:
    """Scopes that no resource server of the pool has."""
    pool = resource.inputs.get("userPoolId")
    if record.get(_POOL, str(pool)) is None:
        return None
    known = {
        f"{server.inputs.get('identifier')}/{scope}"
        for server in record.find(SERVER, {"userPoolId": pool})
        for _, scope in paths.find(server.inputs, "scopes[*].scopeName")
    }
    for path, scope in paths.find(resource.inputs, "allowedOauthScopes[*]"):
        if isinstance(scope, str) and scope not in known and scope not in _OF_PEOPLE:
            problem = f"ScopeDoesNotExistException: the pool has no scope {scope}"
            return Refusal(path, problem, "make its resource server first", _CREATE)
    return None


def scopes(resource: Resource) -> Mapping[str, Any]:
    """Scopes of a resource server as callers write them."""
    names = [name for _, name in paths.find(resource.inputs, "scopes[*].scopeName")]
    server = resource.inputs.get("identifier")
    if UNKNOWN in names or server is UNKNOWN:
        return {"scopeIdentifiers": UNKNOWN}
    return {"scopeIdentifiers": [f"{server}/{name}" for name in names]}
