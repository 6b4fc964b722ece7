"""The proof of a plan: the library function, for policies, commands and other people's packs.

    from isolation.proof import prove
    report = prove(graph, question)

`graph` is `isolation.exports.read(path)` or `Graph(resources)`; `question` is
`isolation.table.question(data)` or your own scope and claims. Plain data in, a `Report` out; nothing is asked
of a cloud.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from isolation.claims import Claim, End, Expect
from isolation.kubernetes.joined import with_pods
from isolation.model import Inconsistent, Model, Scope
from isolation.prove import judge
from isolation.resources import Graph
from isolation.table import Question
from isolation.verdicts import Outcome, Report, Verdict

Translator = Callable[[Graph, Scope], Model]

# Modules with a function `translate`, by what types of their cloud begin with; only one of them is imported.
TRANSLATORS = {"gcp:": "isolation.gcp", "aws:": "isolation.aws", "azure-native:": "isolation.azure"}


def model_of(graph: Graph, scope: Scope) -> Model:
    """The model of a plan.

    Raises:
        Inconsistent: the plan has none of the clouds, or several.
    """
    found = [
        module
        for prefix, module in TRANSLATORS.items()
        if any(one.type.startswith(prefix) for one in graph.resources)
    ]
    if len(found) != 1:
        clouds = ", ".join(prefix.rstrip(":-") for prefix in TRANSLATORS)
        many = "resources of more than one cloud" if found else "no resource of a cloud that is modelled"
        raise Inconsistent(f"the plan has {many} ({clouds}); prove one cloud's stack at a time")
    translate: Translator = import_module(found[0]).translate
    return with_pods(graph, translate(graph, scope))


def prove(graph: Graph, question: Question) -> Report:
    """The verdict of every claim. A plan that cannot be modelled leaves every claim unproven, with why."""
    try:
        model = model_of(graph, question.scope)
        verdicts = tuple(judge(model, question.claims))
    except (Inconsistent, ValueError) as problem:
        return Report(
            tuple(Verdict(one, Outcome.UNPROVEN, missing=(str(problem),)) for one in question.claims)
        )
    return Report(verdicts, model.exits, model.notes)


def reach(graph: Graph, scope: Scope, source: End, destination: End) -> Verdict:
    """Whether anything gets from one end to another: violated with the path where it does."""
    claim = Claim(f"{source} to {destination}", Expect.NEVER, source, destination)
    return prove(graph, Question(scope, (claim,))).verdicts[0]
