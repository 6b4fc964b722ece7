"""Makes a stack insecure, one input or resource at a time, and says which rule refuses it at preview.

    python -m tests.engine.mutations gcp-prod

prints "mutation -> rule" for every line of insecure/<cloud>/ that is meant for the stack, and fails on a
survivor. The real engine previews the stack's own program; the changes are made to what that program sends
(`mutated/`). Mutations that cannot be told apart by rule and resource, or that lie in each other's way, go
into different previews. An unmutated stack has no finding (test_lifecycle.py), so each has its cause here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from rehearsal import paths
from rehearsal.session import RehearsalError, Session, temporary
from stacks.model.problems import SettingsError
from stacks.settings import Settings, own_fields
from tools.engine import EngineError
from tools.stack import Stack, UnknownStack, stack_settings

HERE = Path(__file__).parent
MUTATED = HERE / "mutated"
INSECURE = HERE / "insecure"
PROOF = "isolation-claims-hold"


@dataclass(frozen=True)
class Mutation:
    """One insecure change: what is sent to the program, and the finding that it must lead to."""

    title: str
    rule: str
    on: str
    at: str
    """Where the finding must be: a resource (`type::name`), "stack" as a whole, or "anywhere"."""
    changes: tuple[Mapping[str, Any], ...]
    everywhere: bool = True
    """Whether every stack of its cloud has such a resource."""
    claim: str = ""
    """The claim of isolation that it breaks, as the proof prints it; empty where it opens no path."""

    @property
    def removes(self) -> bool:
        return "remove" in self.changes[0]

    def disturbs(self, other: Mutation) -> bool:
        """Whether one preview could not tell which of the two was refused."""
        # The proof looks at everything together; planned.py tells what each change breaks by itself.
        if (self.rule == PROOF) != (other.rule == PROOF):
            return True
        if self.rule == PROOF and (not (self.claim and other.claim) or self.claim == other.claim):
            return True
        if PROOF != self.rule == other.rule and (self.at == other.at or "anywhere" in (self.at, other.at)):
            return True
        if self.removes or other.removes:
            return other.on in (self.on, self.at) or self.on == other.at
        return self.on == other.on and any(
            _overlap(one["path"], two["path"])
            for one in self.changes
            for two in other.changes
            if "path" in one and "path" in two
        )


def load(stack: str) -> list[Mutation]:
    """The mutations of the stack's cloud that are meant for it, with its names filled in."""
    settings = Settings.load(own_fields(stack_settings(stack)["config"]))
    records: list[dict[str, Any]] = []
    for file in sorted((INSECURE / settings.cloud.value).glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        for name, value in _names(settings).items():
            text = text.replace(f"{{{name}}}", value)
        records += cast(list[dict[str, Any]], yaml.safe_load(text))
    return [_mutation(each) for each in records if stack in each.get("stacks", [stack])]


def batches(mutations: Sequence[Mutation]) -> list[list[Mutation]]:
    """As few groups as a simple walk finds, in none of which one disturbs another."""
    groups: list[list[Mutation]] = []
    for mutation in mutations:
        fitting = (group for group in groups if not any(mutation.disturbs(each) for each in group))
        group = next(fitting, None)
        if group is None:
            groups.append([mutation])
        else:
            group.append(mutation)
    return groups


def refusals(
    stack: str, session: Session, mutations: Sequence[Mutation] | None = None
) -> Iterator[tuple[Mutation, bool]]:
    """Every mutation of a stack, or those given, and whether its rule refused it at preview, where it must.

    Raises RuntimeError with the engine's words if a preview fails for another cause, a cloud's own checks:
    a rule must refuse what the cloud would accept.
    """
    for number, group in enumerate(batches(load(stack) if mutations is None else mutations)):
        copy = Stack(f"{stack}-{number}", session, MUTATED)
        copy.configure(stack_settings(stack))
        sent = [change for mutation in group for change in mutation.changes]
        copy.env["PALISADE_MUTATIONS"] = json.dumps(sent)
        done = copy.preview(capture=True)
        if done.returncode == 0:
            yield from ((mutation, False) for mutation in group)
            continue
        errors = {line.strip() for line in done.stdout.splitlines() if line.startswith("    error: ")}
        broken = sorted(errors - {"error: preview failed"})
        if broken or "mandatory" not in done.stdout:
            told = "\n".join(broken) or done.stdout
            raise RuntimeError(f"a preview of {stack} failed at something else than the policies:\n{told}")
        findings = [each for each in copy.report()["findings"] if each["outcome"] == "violated"]
        for mutation in group:
            yield mutation, any(_meant(each, mutation) for each in findings)


def main(arguments: Sequence[str]) -> int:
    """Print what each mutation of a stack met; 1 if one survived."""
    stack = arguments[0]
    met: list[bool] = []
    try:
        with temporary() as session:
            for mutation, refused in refusals(stack, session):
                met.append(refused)
                told = mutation.rule if refused else f"SURVIVED, {mutation.rule} did not refuse it"
                told += f"; {mutation.claim}" if mutation.claim else ""
                print(f"{mutation.title} -> {told}")
    except (EngineError, RehearsalError, SettingsError, UnknownStack) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{len(met)} mutations of {stack}, {sum(met)} refused, {met.count(False)} survived")
    return 0 if all(met) else 1


def _names(settings: Settings) -> Mapping[str, str]:
    """What stands in braces in insecure/, for a stack."""
    places = (
        settings.google and (settings.google.project, settings.google.region),
        settings.amazon and (settings.amazon.account, settings.amazon.region),
        settings.azure and (settings.azure.subscription, settings.azure.location),
    )
    account, region = next(place for place in places if place)
    return {"prefix": settings.prefix, "account": account, "region": region}


def _meant(finding: Mapping[str, Any], mutation: Mutation) -> bool:
    if finding["rule"] != mutation.rule:
        return False
    if (
        mutation.claim
        and mutation.rule == PROOF
        and not str(finding["problem"]).startswith(f"{mutation.claim} is ")
    ):
        return False
    urn: str = finding["urn"]
    match mutation.at:
        case "anywhere":
            return True
        case "stack":
            return not urn
        case _:
            return urn.endswith(mutation.at)


def _mutation(record: Mapping[str, Any]) -> Mutation:
    if "add" in record:
        on = f"{record['add']}::{record['name']}"
        changes: list[Mapping[str, Any]] = [{key: record[key] for key in ("add", "name", "inputs")}]
        what = f"{record['add'].rpartition(':')[2]} is added"
    else:
        type_, name = record["of"].split()
        on = f"{type_}::{name}"
        place = {"type": type_, "name": name}
        changes = []
        done: list[str] = []
        if record.get("remove"):
            changes.append({**place, "remove": True})
            done.append("is removed")
        if record.get("unprotect"):
            changes.append({**place, "unprotect": True})
            done.append("is not protected")
        if "drop" in record:
            changes.append({**place, "path": paths.parse(record["drop"])})
            done.append(f"without {record['drop']}")
        for path, value in record.get("set", {}).items():
            changes.append({**place, "path": paths.parse(path), "value": value})
            done.append(f"{path} = {json.dumps(value)}")
        what = f"{type_.rpartition(':')[2]} {name} {', '.join(done)}"
    at = str(record.get("at", on)).replace(" ", "::")
    title = f"{record['title']} ({what})" if "title" in record else what
    everywhere = "stacks" not in record
    return Mutation(title, record["rule"], on, at, tuple(changes), everywhere, record.get("claim", ""))


def _overlap(one: Sequence[str | int], two: Sequence[str | int]) -> bool:
    shorter = min(len(one), len(two))
    return one[:shorter] == two[:shorter]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
