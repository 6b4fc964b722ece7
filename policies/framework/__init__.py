"""The framework under the rules, for this pack and for anybody's.

To write a rule:
1. Its record, in `policies/rules/<concern>.yaml`: id, title, why, remedy, severity, controls.
2. Its check, in `policies/rules/<cloud>/<concern>.py`: a function that yields a `Finding` per breach, made a
   check of the rule by `@check(id, types…)` or `@stack_check(id, types…)`. It reads properties by
   `resource.at("a.b")` (`values.View`), most simply through the questions of `expect`.
3. Its cases, in `policies/cases/<cloud>/<concern>.yaml`: what passes and what fails, known and unknown
   (`cases`).
4. `make policies` for the reference. The tests refuse a rule without a record, a check or a kind of case, and
   a property that the SDK does not have.

The modules: `rule` (record, check), `values` (three states), `resource` (resource and graph), `expect`
(questions), `catalogue` (reads and fits everything), `exemptions`, `situation` (environment and phase),
`verdict` and `session` (a run), `pack` (the SDK's policies), `report`, `harness` and `cases` (tests).
"""
