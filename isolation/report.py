"""Verdicts as text: a matrix of segments, every path in full, and one closing line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from isolation.model import ENTERPRISE, INTERNET
from isolation.verdicts import Outcome, Path, Report, Verdict

ORDER = (INTERNET, ENTERPRISE, "edge", "inference", "training", "data", "operations")
_WORST = (Outcome.VIOLATED, Outcome.UNPROVEN, Outcome.PROVEN)


def lines(report: Report) -> Iterator[str]:
    """The whole report; the last line is `N proven, N violated, N unproven`."""
    yield from matrix(report.verdicts)
    for outcome in (Outcome.VIOLATED, Outcome.UNPROVEN):
        for verdict in report.of(outcome):
            yield ""
            yield from verdict_lines(verdict)
    yield ""
    yield "What keeps the rest"
    yield from (f"  {one.claim}: {_reason(one)}" for one in report.of(Outcome.PROVEN))
    if report.exits:
        yield ""
        yield "Ways out for data that are no packets of this network"
        for exit_ in report.exits:
            held = f"; held by {exit_.limited_by}" if exit_.limited_by else "; held by nothing in this stack"
            yield f"  {exit_.name}: {exit_.why}{held}"
    if report.notes:
        yield ""
        yield "Taken for granted"
        yield from (f"  {note}" for note in report.notes)
    yield ""
    yield report.summary


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """One verdict with its path, or what is missing."""
    yield f"{verdict.outcome.value.upper()}: {verdict.claim}"
    if verdict.claim.reason:
        yield f"  claimed because: {verdict.claim.reason}"
    yield from (f"  {line}" for line in verdict.because)
    if verdict.missing:
        yield "  not known, or not modelled:"
        yield from (f"    {line}" for line in verdict.missing)
    if verdict.path:
        yield from path_lines(verdict.path)


def path_lines(path: Path) -> Iterator[str]:
    """A path, hop by hop, and every blocker that did not block."""
    yield f"  {path.packet}"
    yield from (f"    {number}. {step}" for number, step in enumerate(path.steps, 1))
    if path.shadowed:
        yield "  denies that come too late:"
        yield from (f"    {line}" for line in path.shadowed)
    if path.blockers:
        yield "  denies that do not match:"
        yield from (f"    {line}" for line in path.blockers)


def sentence(verdict: Verdict) -> str:
    """A verdict in one line, for a policy's violation: the claim, the path and the late denies."""
    parts = list(verdict.because)
    if verdict.path:
        parts += [f"{verdict.path.packet}: {'; '.join(verdict.path.steps)}", *verdict.path.shadowed]
        parts += verdict.path.blockers[:2]
    if verdict.missing:
        parts.append(f"not known: {', '.join(verdict.missing)}")
    said = ". ".join(parts)
    return f"{verdict.claim} is {verdict.outcome.value}" + (f": {said}" if said else "")


def pairs(verdicts: Sequence[Verdict]) -> Mapping[tuple[str, str], list[Verdict]]:
    """The verdicts of each pair of segments."""
    found: dict[tuple[str, str], list[Verdict]] = {}
    for one in verdicts:
        key = one.claim.source.segment, one.claim.destination.segment
        if all(key):
            found.setdefault(key, []).append(one)
    return found


def ends(verdicts: Sequence[Verdict]) -> list[str]:
    """The segments and outsides that verdicts speak of, in the usual order."""
    found = {end for key in pairs(verdicts) for end in key}
    return [end for end in ORDER if end in found] + sorted(found - set(ORDER))


def worst(verdicts: Sequence[Verdict]) -> Outcome:
    """The worst outcome of some verdicts."""
    return next(outcome for outcome in _WORST if any(one.outcome is outcome for one in verdicts))


def matrix(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Rows are sources, columns destinations; a cell is the worst verdict of its claims."""
    names = ends(verdicts)
    if not names:
        return
    cells = {key: worst(found).value for key, found in pairs(verdicts).items()}
    width = max(len(name) for name in (*names, "violated")) + 2
    yield "".join(["from \\ to".ljust(width), *(name.ljust(width) for name in names)]).rstrip()
    for source in names:
        row = [_cell(cells.get((source, destination), "-")) for destination in names]
        yield "".join([source.ljust(width), *(cell.ljust(width) for cell in row)]).rstrip()


def _cell(text: str) -> str:
    return text.upper() if text == Outcome.VIOLATED.value else text


def _reason(verdict: Verdict) -> str:
    if verdict.because:
        return verdict.because[0]
    if verdict.path:
        return verdict.path.steps[-1]
    return "nothing passes"
