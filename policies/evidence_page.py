"""The evidence as one page that needs nothing beside it; all text from the run is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

TEMPLATE = Path(__file__).with_name("evidence.html")


def render(evidence: Mapping[str, Any]) -> str:
    """The page for what `policies.evidence.evidence` gives."""
    scoped = [each for each in evidence["frameworks"] if each["in_scope"]]
    results = sorted({control["result"] for each in scoped for control in each["controls"]})
    template = Template(TEMPLATE.read_text(encoding="utf-8"))
    return template.substitute(
        title=f"Evidence for {escape(str(evidence['run']['stack']))}",
        head="\n".join(_head(evidence)),
        framework_options="".join(_option(each["id"], each["name"]) for each in scoped),
        result_options="".join(_option(result, result) for result in results),
        body="\n".join(line for each in scoped for line in _framework(each, evidence["rules"])),
    )


def _option(value: str, text: str) -> str:
    return f'<option value="{escape(value)}">{escape(text)}</option>'


def _head(evidence: Mapping[str, Any]) -> Iterator[str]:
    run = evidence["run"]
    yield (
        f"<p>Project {escape(run['project'])}, environment {escape(run['environment'])}, phase "
        f"{escape(run['phase'])}. The policies judged a {escape(run['mode'])} of "
        f"{evidence['resources']} resources on {escape(str(evidence.get('judged_at', run['day'])))}; "
        f"result: {_result(evidence['result'])}. "
        f"This page was made on {escape(str(evidence.get('made_at', run['day'])))}.</p>"
    )
    if not evidence["complete"]:
        yield "<p><strong>The run did not finish, so nothing in it counts as passed.</strong></p>"
    if run["assumed"]:
        yield f"<p>Not said, and taken at its strictest: {escape(', '.join(run['assumed']))}.</p>"
    yield (
        "<p>A rule proves what is configured, in a plan or a rehearsal too; it does not prove that a person "
        "did their part, so a control that passed still has its manual part. <em>Not applicable</em>: no "
        "resource to judge. <em>Unproven</em>: a needed value is unknown, which blocks like a breach where "
        "the rule is mandatory. <em>Not judged</em>: the run did not come to the rule. <em>Manual</em>: no "
        "rule, only people.</p>"
    )
    outside = [each["name"] for each in evidence["frameworks"] if not each["in_scope"]]
    if outside:
        yield f"<p>Out of scope by the stack file: {escape(', '.join(outside))}.</p>"
    if evidence["types_not_judged"]:
        types = escape(", ".join(evidence["types_not_judged"]))
        yield f"<p>Resource types in the stack that no rule judges: {types}.</p>"
    yield from _list("The pack's own data", [each["problem"] for each in evidence["house"]])
    yield from _list("Exemptions", [_exemption(each) for each in evidence["exemptions"]], "None is applied.")


def _list(heading: str, lines: list[str], otherwise: str = "") -> Iterator[str]:
    if lines or otherwise:
        yield f"<h2>{heading}</h2>"
        yield _bullets(lines) if lines else f"<p>{otherwise}</p>"


def _bullets(lines: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _exemption(exemption: Mapping[str, Any]) -> str:
    what = f"{exemption['rule']} on {exemption['urn'] or 'the whole stack'}: {exemption['problem']}"
    if not exemption["owner"]:
        return f"{what}. It is {exemption['note']}"
    return (
        f"{what}. Reason: {exemption['reason']}. Owner: {exemption['owner']}. Expires: {exemption['expires']}"
    )


def _framework(framework: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[str]:
    counts = ", ".join(f"{count} {result}" for result, count in framework["results"].items())
    yield f'<section data-framework="{escape(framework["id"])}"><h2>{escape(framework["name"])}</h2>'
    yield f"<p>{escape(framework['source'])}. {len(framework['controls'])} controls: {escape(counts)}.</p>"
    yield "<table><thead><tr><th>Control</th><th>Rules say</th><th>Rules, and what people do</th></tr>"
    yield "</thead><tbody>"
    for control in framework["controls"]:
        kind = f" ({escape(control['kind'])})" if control["kind"] else ""
        yield f'<tr data-result="{escape(control["result"])}"><td>{escape(control["id"])}</td>'
        yield f"<td>{_result(control['result'])}</td><td><strong>{escape(control['title'])}</strong>{kind}"
        for rule in control["rules"]:
            yield _rule(rule, rules[rule])
        if control["manual"]:
            yield f"<p>To do by people: {escape(control['manual'])}</p>"
        yield "</td></tr>"
    yield "</tbody></table></section>"


def _rule(id_: str, rule: Mapping[str, Any]) -> str:
    resources = [f"{urn}: {outcome}" for urn, outcome in rule["resources"].items()]
    said = [f"{each['problem']}. Remedy: {each['remedy']}" for each in rule["findings"]]
    said += [_exemption(each) for each in rule["exemptions"]]
    counted = f"{escape(rule['level'])}, {len(resources)} resources"
    return (
        f"<details><summary>{_result(rule['result'])} {escape(id_)} ({counted})</summary>"
        f"<p>{escape(rule['title'])}.</p>{_bullets(said + resources)}</details>"
    )


def _result(result: str) -> str:
    return f'<span class="result {escape(result.replace(" ", "-"))}">{escape(result)}</span>'
