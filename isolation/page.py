"""The proof as one page that needs nothing beside it; all text from the plan is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from string import Template

from isolation.report import ends, pairs, worst
from isolation.verdicts import Outcome, Report, Verdict

TEMPLATE = Path(__file__).with_name("page.html")
_FIRST = (Outcome.VIOLATED, Outcome.UNPROVEN, Outcome.PROVEN)


def render(report: Report, title: str, origin: str) -> str:
    """The page. `origin` says which claims were asked."""
    ordered = sorted(report.verdicts, key=lambda one: _FIRST.index(one.outcome))
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=escape(title),
        summary=escape(report.summary),
        origin=escape(origin[:1].upper() + origin[1:]),
        matrix="\n".join(_matrix(report.verdicts)),
        verdicts="\n".join(_verdict(one) for one in ordered),
        rest="\n".join(_rest(report)),
    )


def _matrix(verdicts: Sequence[Verdict]) -> Iterator[str]:
    names, found = ends(verdicts), pairs(verdicts)
    yield "<table><thead><tr><th>from \\ to</th>"
    yield "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    yield "</tr></thead><tbody>"
    for source in names:
        yield f'<tr><th scope="row">{escape(source)}</th>'
        for destination in names:
            here = found.get((source, destination))
            if here is None:
                yield '<td class="none"><span>-</span></td>'
            else:
                outcome = worst(here).value
                pair = escape(f"{source} {destination}")
                button = f'<button type="button" data-pair="{pair}">{outcome}</button>'
                yield f'<td class="{outcome}">{button}</td>'
        yield "</tr>"
    yield "</tbody></table>"


def _verdict(verdict: Verdict) -> str:
    claim, path = verdict.claim, verdict.path
    pair = escape(f"{claim.source.segment} {claim.destination.segment}")
    outcome = verdict.outcome.value
    parts = [
        f'<section data-pair="{pair}">',
        f'<h3>{escape(str(claim))}: <span class="{outcome}">{outcome}</span></h3>',
        f"<p>{escape(claim.reason)}</p>" if claim.reason else "",
        _list("", verdict.because),
        _list("Not known, or not modelled", verdict.missing),
    ]
    if path:
        steps = "".join(f"<li>{escape(step)}</li>" for step in path.steps)
        parts.append(f"<p>{escape(path.packet)}</p><ol>{steps}</ol>")
        parts.append(_list("Denies that come too late", path.shadowed))
        parts.append(_list("Denies that do not match", path.blockers))
    return "".join([*parts, "</section>"])


def _rest(report: Report) -> Iterator[str]:
    told = [
        f"{one.name}: {one.why}; held by {one.limited_by or 'nothing in this stack'}" for one in report.exits
    ]
    if told:
        yield "<h2>Ways out for data that are no packets of this network</h2>" + _list("", told)
    if report.notes:
        yield "<h2>Taken for granted</h2>" + _list("", report.notes)


def _list(heading: str, texts: Sequence[str]) -> str:
    if not texts:
        return ""
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return (f"<p>{escape(heading)}:</p>" if heading else "") + f"<ul>{items}</ul>"
