"""The parts that `stacks/settings.py` is made of.

`sections` and one file per cloud say what may be written, `rules` and `network_rules` what fits together,
`limits.yaml` the figures and their sources, `problems` how a refusal reads.
"""
