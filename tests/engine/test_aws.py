"""The life of aws-dev, as far as it is built: previewed, up, up again, destroyed."""

from __future__ import annotations

from rehearsal.session import Session
from tools.stack import Stack, stack_settings

# Keys stay, with the identities that their policies name.
KEPT = {"aws:kms/key:Key", "aws:iam/role:Role", "aws:iam/policy:Policy"}


def test_the_life_of_aws_dev(own_rehearsal: Session) -> None:
    stack = Stack("aws-dev", own_rehearsal)
    stack.configure(stack_settings("aws-dev"))
    planned = stack.preview(capture=True)
    assert planned.returncode == 0, planned.stdout
    assert not stack.report()["findings"]
    first = stack.up(capture=True)
    assert first.returncode == 0, first.stdout
    assert not stack.report()["findings"]
    again = stack.up("--expect-no-changes", capture=True)
    assert again.returncode == 0, again.stdout
    destroyed = stack.destroy("--exclude-protected", capture=True)
    assert destroyed.returncode == 0, destroyed.stdout
    assert {each.type for each in own_rehearsal.record.find()} == KEPT
