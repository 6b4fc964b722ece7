"""What AWS refuses because of what is there, or is not there yet, when something is made.

What no stack of the rehearsal made (a role written by hand, a bucket of another account) is taken as given:
only what the record holds can contradict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rehearsal.aws import balancers, buckets, certificates, cognito, documents, grants, waf
from rehearsal.model import Existing, Record, Refusal, Resource

Check = Callable[[Resource, Record], Refusal | None]

_INLINE = "aws:iam/rolePolicy:RolePolicy"
_MOST_INLINE = 10240
_RESPONSE = "https://docs.aws.amazon.com/waf/latest/developerguide/ddos-automatic-app-layer-response.html"
_RECORDER, _CHANNEL = "aws:cfg/recorder:Recorder", "aws:cfg/deliveryChannel:DeliveryChannel"
_STATUS = "aws:cfg/recorderStatus:RecorderStatus"
_CONFIG = "https://docs.aws.amazon.com/config/latest/developerguide/stop-start-recorder.html"
_RUNTIME = "https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring-configuration.html"
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


def _automatic_response(resource: Resource, record: Record) -> Refusal | None:
    """Shield answers for what it protects and a firewall stands before."""
    arn = resource.inputs.get("resourceArn")
    if not any(each.outputs.get("arn") == arn for each in record.find("aws:*lb/loadBalancer:LoadBalancer")):
        return None
    if not record.find("aws:shield/protection:Protection", {"resourceArn": arn}):
        problem = "ResourceNotFoundException: the load balancer has no protection"
        return Refusal("resourceArn", problem, "make its Protection first", _RESPONSE)
    if not record.find("aws:wafv2/webAclAssociation:WebAclAssociation", {"resourceArn": arn}):
        problem = "InvalidOperationException: no web ACL is associated with the load balancer"
        return Refusal("resourceArn", problem, "associate one first", _RESPONSE)
    return None


def _recording(resource: Resource, record: Record) -> Refusal | None:
    """A recorder that is made here starts once it has a channel."""
    if resource.inputs.get("isEnabled") is not True or not record.find(_RECORDER) or record.find(_CHANNEL):
        return None
    problem = "NoAvailableDeliveryChannelException: there is no delivery channel to start the recorder with"
    return Refusal("isEnabled", problem, "make the DeliveryChannel first", _CONFIG)


def _recorded(_resource: Resource, record: Record) -> Refusal | None:
    """Rules look at what a recorder records."""
    if not record.find(_RECORDER) or record.find(_STATUS, {"isEnabled": True}):
        return None
    problem = "NoAvailableConfigurationRecorderException: the recorder is not started"
    return Refusal("", problem, "make its RecorderStatus first", _CONFIG)


def refuse_delete(existing: Existing, record: Record) -> Refusal | None:
    """A channel of a recorder that records."""
    if existing.type == _CHANNEL and record.find(_STATUS, {"isEnabled": True}):
        problem = "LastDeliveryChannelDeleteFailedException: the recorder is running"
        return Refusal("", problem, "stop it first", _CONFIG)
    return None


def _runtime(resource: Resource, record: Record) -> Refusal | None:
    """GuardDuty watches clusters at run time by one of two features."""
    names = {"RUNTIME_MONITORING": "EKS_RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING": "RUNTIME_MONITORING"}
    other = names.get(str(resource.inputs.get("name")))
    detector = resource.inputs.get("detectorId")
    both = {"detectorId": detector, "name": other, "status": "ENABLED"}
    if other is None or resource.inputs.get("status") != "ENABLED" or not record.find(resource.type, both):
        return None
    problem = f"BadRequestException: {other} is enabled already"
    return Refusal("name", problem, "enable one of the two", _RUNTIME)


CHECKS: Mapping[str, Check] = {
    _INLINE: _inline_policy,
    **buckets.CHECKS,
    certificates.CERTIFICATE: certificates.refuse,
    cognito.CLIENT: cognito.refuse,
    "aws:cloudwatch/logGroup:LogGroup": grants.log_group,
    "aws:cloudtrail/trail:Trail": grants.trail,
    "aws:cfg/recorderStatus:RecorderStatus": _recording,
    "aws:cfg/conformancePack:ConformancePack": _recorded,
    "aws:cfg/rule:Rule": _recorded,
    "aws:guardduty/detectorFeature:DetectorFeature": _runtime,
    "aws:shield/applicationLayerAutomaticResponse:ApplicationLayerAutomaticResponse": _automatic_response,
    waf.ACL: waf.refuse,
    waf.GROUP: waf.refuse,
    **{f"aws:{module}/{type}": check for module in ("lb", "alb") for type, check in balancers.CHECKS.items()},
}
"""Type -> what is asked of the record when an object of it is made."""
