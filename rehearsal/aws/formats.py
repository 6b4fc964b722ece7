"""Template filters for AWS's own formats: zones, host names, ARNs of what an input names.

Facts per region are in `regions.yaml`; a region that is not there gets plausible values, not a refusal.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from rehearsal import authority

_PORTS = {
    "mysql": 3306,
    "mariadb": 3306,
    "postgres": 5432,
    "oracle": 1521,
    "sqlserver": 1433,
    "db2": 50000,
    "neptune": 8182,
}
# Current default versions: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Welcome.html
_VERSIONS = {
    "aurora-mysql": "8.0.mysql_aurora.3.10.0",
    "aurora-postgresql": "17.5",
    "mysql": "8.4.6",
    "mariadb": "11.8.3",
    "postgres": "17.6",
    "neptune": "1.4.5.1",
}
_LINKED_ROLES = {
    "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "eks.amazonaws.com": "AWSServiceRoleForAmazonEKS",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "es.amazonaws.com": "AWSServiceRoleForAmazonElasticsearchService",
    "opensearchservice.amazonaws.com": "AWSServiceRoleForAmazonOpenSearchService",
    "rds.amazonaws.com": "AWSServiceRoleForRDS",
    "spot.amazonaws.com": "AWSServiceRoleForEC2Spot",
}


@lru_cache(maxsize=1)
def regions() -> Mapping[str, Mapping[str, Any]]:
    """Region name to its facts (`regions.yaml`)."""
    text = (Path(__file__).parent / "regions.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["package"]["regions"]


def zones(region: str) -> list[str]:
    """Names of a region's availability zones."""
    return [region + letter for letter in regions().get(region, {}).get("zones", "abc")]


def zone_id(zone: str) -> str:
    """Zone id of a zone name, or of a region's first zone: `us-east-1b` is `use1-az2`.

    AWS shuffles names and ids per account; here they are in order.
    """
    region = zone if zone[-1:].isdecimal() else zone[:-1]
    short = "".join(part[:1] for part in region.split("-")[1:-1])
    code = regions().get(region, {}).get("code", f"{region[:2]}{short}{region[-1]}")
    names = zones(region)
    return f"{code}-az{names.index(zone) + 1 if zone in names else 1}"


def partition(region: str) -> str:
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def suffix(region: str) -> str:
    """The domain under which a region's endpoints lie."""
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


def default_vpc(region: str) -> str:
    """The id of the account's default network in a region."""
    return "vpc-" + hashlib.sha256(f"default vpc {region}".encode()).hexdigest()[:17]


def _public_zone(region: str) -> str:
    return "compute-1.amazonaws.com" if region == "us-east-1" else f"{region}.compute.{suffix(region)}"


def _private_zone(region: str) -> str:
    return "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"


def _website_separator(region: str) -> str:
    return "-" if regions().get(region, {}).get("dash") else "."


def _port(engine: Any) -> int:
    return next((port for name, port in _PORTS.items() if name in str(engine).removeprefix("aurora-")), 3306)


def _function_name(reference: Any) -> str:
    """A function's name, from a name or an ARN."""
    parts = str(reference).split(":")
    return parts[6] if len(parts) > 6 else parts[0]


def _engine_kind(kind: Any) -> str:
    return {"network": "net", "gateway": "gwy"}.get(str(kind), "app")


def _certificate(seed: Any) -> str:
    return base64.b64encode(authority.certificate(str(seed), "kubernetes").encode()).decode()


def _colons(digits: Any) -> str:
    return ":".join(re.findall("..", str(digits)))


FILTERS: Mapping[str, Callable[[Any], Any]] = {
    "zone_id": zone_id,
    "default_vpc": default_vpc,
    "public_zone": _public_zone,
    "private_zone": _private_zone,
    "website_separator": _website_separator,
    "s3_zone": lambda region: regions().get(region, {}).get("s3", "Z3AQBSTGFYJSTF"),
    "balancer_zone": lambda region: regions().get(region, {}).get("elb", "Z35SXDOTRQ7X7K"),
    "log_account": lambda region: regions().get(region, {}).get("logs", "127311923021"),
    "place": lambda region: regions().get(region, {}).get("place", region),
    "database_port": _port,
    "database_version": lambda engine: _VERSIONS.get(str(engine), "1.0"),
    "major": lambda version: str(version).split(".", 1)[0],
    "cache_port": lambda engine: 11211 if engine == "memcached" else 6379,
    "function_name": _function_name,
    "function_version": lambda publish: "1" if publish else "$LATEST",
    "linked_role": lambda service: _LINKED_ROLES.get(
        str(service), "AWSServiceRoleFor" + str(service).split(".", 1)[0].title().replace("-", "")
    ),
    "without_scheme": lambda url: str(url).removeprefix("https://").removeprefix("http://"),
    "without_slash": lambda path: str(path).removeprefix("/"),
    "without_dot": lambda name: str(name).rstrip("."),
    "api_scheme": lambda protocol: "wss" if protocol == "WEBSOCKET" else "https",
    "stage_path": lambda stage: "" if stage == "$default" else stage,
    "balancer_kind": _engine_kind,
    "internal_prefix": lambda internal: "internal-" if internal else "",
    "listener_arn": lambda arn: str(arn).replace(":loadbalancer/", ":listener/"),
    "rule_arn": lambda arn: str(arn).replace(":listener/", ":listener-rule/"),
    "waf_scope": lambda scope: "global" if scope == "CLOUDFRONT" else "regional",
    "rule_group_kind": lambda kind: str(kind).lower() + "-rulegroup",
    "last_three": lambda arn: "/".join(str(arn).split(":")[-1].split("/")[-3:]),
    "joined": lambda items: ":".join(map(str, items)),
    "colons": _colons,
    "certificate": _certificate,
    "pem": lambda seed: authority.certificate(str(seed), "private authority"),
    "signing_request": lambda seed: authority.signing_request(str(seed), "private authority"),
    "host_label": lambda name: re.sub(r"[^a-z0-9-]+", "-", str(name).lower()).strip("-"),
}
