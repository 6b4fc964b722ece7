"""Who may call the models, and where they get tokens: a user pool of Cognito, or an issuer of the
enterprise's.

Builds the pool with a domain for its token endpoint, the scope that callers ask for, and one client for each
caller.

Guarantees: nobody signs up; callers are programs with a secret of their own and get tokens of an hour for
this scope only; a token of another issuer, or without the scope, passes no load balancer.

Leaves out: people, who sign in to applications that call on their behalf; clients' secrets, which Cognito
makes and whoever runs a caller fetches once.
Sources: docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints-oauth-grants.html,
docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-verify-jwt.html (RS256, ten keys at the
most).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws.cognito.resource_server import ResourceServer
from pulumi_aws.cognito.user_pool import UserPool
from pulumi_aws.cognito.user_pool_client import UserPoolClient
from pulumi_aws.cognito.user_pool_domain import UserPoolDomain
from pydantic import BaseModel, ConfigDict, Field

from components.aws.place import Place
from components.ready import after

API, SCOPE = "models", "ask"
HOURS = 1


@dataclass(frozen=True)
class Issuer:
    """Whose tokens count: the issuer's address, where its keys are, and the claim that a token must have.

    `scope` is one of a token's scopes; without it, who holds a token of the issuer may call.
    """

    url: pulumi.Output[str]
    keys_url: pulumi.Output[str]
    scope: str | None = None


class CallersArgs(BaseModel):
    """Where the pool lives, and its callers by name. `protected` is False while a stack is torn down."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Place
    names: tuple[str, ...]
    labels: Mapping[str, str] = Field(default_factory=dict[str, str])
    protected: bool = True


class Callers(pulumi.ComponentResource):
    """`issuer` for the load balancer, `tokens` is where callers get theirs, `clients` their ids by name."""

    issuer: Issuer
    tokens: pulumi.Output[str]
    clients: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: CallersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("palisade:index:Callers", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        pool = self._pool(name, args)
        domain = UserPoolDomain(name, domain=f"{name}-{args.place.account}", user_pool_id=pool.id, opts=child)
        scopes = ResourceServer(
            name,
            identifier=API,
            name=API,
            user_pool_id=pool.id,
            scopes=[{"scope_name": SCOPE, "scope_description": "Asks the models."}],
            opts=child,
        )
        made = {caller: self._client(name, caller, pool, scopes) for caller in args.names}

        base = pulumi.Output.concat(f"https://cognito-idp.{args.place.region}.amazonaws.com/", pool.id)
        self.issuer = Issuer(
            url=after(base, domain, scopes),
            keys_url=after(pulumi.Output.concat(base, "/.well-known/jwks.json"), domain, scopes),
            scope=f"{API}/{SCOPE}",
        )
        host = f"{name}-{args.place.account}.auth.{args.place.region}.amazoncognito.com"
        self.tokens = after(f"https://{host}/oauth2/token", domain)
        self.clients = {caller: client.id for caller, client in made.items()}
        self.register_outputs({"issuer": self.issuer.url})

    def _pool(self, name: str, args: CallersArgs) -> UserPool:
        return UserPool(
            name,
            name=name,
            user_pool_tier="ESSENTIALS",
            admin_create_user_config={"allow_admin_create_user_only": True},
            mfa_configuration="OFF",
            deletion_protection="ACTIVE" if args.protected else "INACTIVE",
            tags=args.labels,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )

    def _client(self, name: str, caller: str, pool: UserPool, scopes: ResourceServer) -> UserPoolClient:
        return UserPoolClient(
            f"{name}-{caller}",
            name=caller,
            user_pool_id=pool.id,
            generate_secret=True,
            allowed_oauth_flows_user_pool_client=True,
            allowed_oauth_flows=["client_credentials"],
            allowed_oauth_scopes=[f"{API}/{SCOPE}"],
            access_token_validity=HOURS,
            token_validity_units={"access_token": "hours"},
            enable_token_revocation=True,
            prevent_user_existence_errors="ENABLED",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[scopes]),
        )
