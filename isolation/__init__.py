"""Reachability over declared networks: who can reach whom, exactly, with the rule that allowed it.

- `model`: the neutral model, and how to write a translator for a cloud; `outside`: the two sides beyond.
- `resources`, `values`: plain resources and the references between them; `exports` reads them from files.
- `claims`, `table`: what is claimed, and a stack's claims from its flow table.
- `corners`, `routing`, `search`, `prove`, `explain`: the solver; `verdicts`: its answers; `proof`: the
  function for everybody.
- `rules`, `matching`, `atoms`, `intervals`, `addresses`, `traffic`: filters by atomic predicates.
- `gcp`, `aws`, `azure`: the clouds' translators; `kubernetes`: plain YAML of a cluster.

Plain data in, plain data out: nothing here imports Pulumi or calls a cloud.
"""
