"""What AWS refuses because of what is there, or is not there yet, when something is made.

What no stack of the rehearsal made (a role written by hand, a bucket of another account) is taken as given:
only what the record holds can contradict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rehearsal.aws import balancers, documents, waf
from rehearsal.model import Record, Refusal, Resource

Check = Callable[[Resource, Record], Refusal | None]

_INLINE = "aws:iam/rolePolicy:RolePolicy"
_MOST_INLINE = 10240
_QUOTAS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"


def refuse(resource: Resource, record: Record) -> Refusal | None:
    """Why a new object does not fit what is there, if it does not."""
    check = CHECKS.get(resource.type)
    return check(resource, record) if check else None


def _inline_policy(resource: Resource, record: Record) -> Refusal | None:
    """The inline policies of a role are counted together."""
    role = resource.inputs.get("role")
    texts = [str(each.inputs.get("policy")) for each in record.find(_INLINE, {"role": role})]
    size = sum(documents.length(text, blanks=False) for text in [*texts, str(resource.inputs.get("policy"))])
    if size <= _MOST_INLINE:
        return None
    problem = f"LimitExceeded: the inline policies of {role} have {size} characters without white space"
    return Refusal("policy", problem, f"write at most {_MOST_INLINE} in all, or a managed policy", _QUOTAS)


CHECKS: Mapping[str, Check] = {
    _INLINE: _inline_policy,
    waf.ACL: waf.refuse,
    waf.GROUP: waf.refuse,
    **{f"aws:{module}/{type}": check for module in ("lb", "alb") for type, check in balancers.CHECKS.items()},
}
"""Type -> what is asked of the record when an object of it is made."""
