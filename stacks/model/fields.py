"""Types of single fields: ranges, addresses, names. Each refuses with what is wrong and what to write."""

from __future__ import annotations

import re
from datetime import date
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from components.azure.hsm_keys import PATTERN as HSM_KEY
from components.contracts import Outside, SegmentName

# A label of a host name: RFC 1123 section 2.1.
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
# How Azure writes ids of subscriptions, tenants and whoever is in a directory.
GUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class Section(BaseModel):
    """What all sections share: they do not change, and they refuse what they do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


def refusal(problem: str, write: str) -> PydanticCustomError:
    """A refusal in our own words: what is wrong, and what to write instead."""
    return PydanticCustomError("refusal", "{problem}; write {write}", {"problem": problem, "write": write})


def digits(value: object) -> object:
    """YAML reads an unquoted account or organisation number as a number: take it as the text it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def calendar_day(value: object) -> date:
    """A day from its text. The engine hands an unquoted date over as a time at midnight: its day counts."""
    midnight = r"(T00:00:00Z| 00:00:00 \+0000 UTC)?"
    match = re.fullmatch(rf"(\d{{4}}-\d{{2}}-\d{{2}}){midnight}", value) if isinstance(value, str) else None
    try:
        return date.fromisoformat(match[1] if match else "")
    except ValueError:
        raise refusal(f"{value!r} is not a calendar day", "year-month-day, such as 2027-06-30") from None


def parse_range(text: str) -> IPv4Network:
    """An IPv4 range from its text. Raises a refusal for anything else, host bits included."""
    if "/" not in text:
        raise refusal(f"{text!r} is not an IPv4 range", "a range such as 10.64.0.0/14")
    try:
        return IPv4Network(text)
    except (AddressValueError, NetmaskValueError):
        raise refusal(f"{text!r} is not an IPv4 range", "a range such as 10.64.0.0/14") from None
    except ValueError:
        loose = IPv4Network(text, strict=False)
        raise refusal(f"{text!r} starts inside its range", str(loose)) from None


def _range(text: str) -> str:
    return str(parse_range(text))


def _endpoint(text: str) -> str:
    if text in set(SegmentName):
        return text
    if not text[:1].isdigit():
        segments = ", ".join(SegmentName)
        raise refusal(f"{text!r} is neither a segment nor a range", f"one of {segments}, or a range")
    return _range(text)


def _claim_end(text: str) -> str:
    if text in set(Outside):
        return text
    try:
        return _endpoint(text)
    except PydanticCustomError:
        ends = ", ".join([*SegmentName, *Outside])
        raise refusal(f"{text!r} is no end of a claim", f"one of {ends}, or a range") from None


def _email(text: str) -> str:
    if not re.fullmatch(rf"[A-Za-z0-9._%+-]+@({LABEL}\.)+[A-Za-z]{{2,}}", text):
        raise refusal(f"{text!r} is not an e-mail address", "a mailbox such as security@example.com")
    return text


def _host(text: str) -> str:
    if len(text) > 253 or not re.fullmatch(rf"({LABEL}\.)+[a-z]{{2,}}", text):
        raise refusal(f"{text!r} is not a host name", "a name such as models.example.com, without https://")
    return text


def _port_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _port(text: str) -> str:
    match = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", text)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last <= 65535:
        raise refusal(f"{text!r} is not a port", "a port such as 443, or a range such as 8000-8010")
    return text


def _gcp_principal(text: str) -> str:
    if text in {"allUsers", "allAuthenticatedUsers"}:
        raise refusal(f"{text} is everybody", "a group, such as group:platform@example.com")
    if not re.fullmatch(
        r"(group|user|serviceAccount):\S+@\S+|principal(Set)?://iam\.googleapis\.com/\S+", text
    ):
        raise refusal(f"{text!r} is not a principal", "a group, such as group:platform@example.com")
    return text


def _aws_role(text: str) -> str:
    if not re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", text):
        raise refusal(f"{text!r} is not a role's ARN", "one such as arn:aws:iam::123456789012:role/deployer")
    return text


def _client_authority(text: str) -> str:
    """`own`, or PEM text of certificates. That each can be read is the cloud's to check."""
    body = r"-----BEGIN CERTIFICATE-----\n(?:[A-Za-z0-9+/=]+\n)+-----END CERTIFICATE-----\n?"
    if text != "own" and not re.fullmatch(rf"(?:{body})+", text):
        raise refusal(
            "it is neither `own` nor PEM text of certificates",
            "`own`, or after `|` the text from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----",
        )
    return text


Digest = Annotated[
    str,
    Field(pattern=r"^sha256:[0-9a-f]{64}$", examples=["sha256:" + 64 * "0"]),
]
HsmKey = Annotated[
    str,
    Field(
        pattern=HSM_KEY,
        examples=["https://hsm.managedhsm.azure.net/keys/data/00000000000000000000000000000000"],
    ),
]
ClientAuthority = Annotated[str, AfterValidator(_client_authority)]
Cidr = Annotated[str, AfterValidator(_range)]
ClaimEnd = Annotated[str, AfterValidator(_claim_end)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
Email = Annotated[str, AfterValidator(_email)]
HostName = Annotated[str, AfterValidator(_host)]
GcpPrincipal = Annotated[str, AfterValidator(_gcp_principal)]
ObjectId = Annotated[str, StringConstraints(pattern=GUID)]
AwsRole = Annotated[str, AfterValidator(_aws_role)]
Port = Annotated[
    str,
    BeforeValidator(_port_text, json_schema_input_type=int | str),
    AfterValidator(_port),
    Field(examples=[443, "8000-8010"]),
]
