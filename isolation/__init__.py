"""Reachability over declared networks: who can reach whom, exactly, with the rule that allowed it.

A cloud-neutral model (`rules`), one matcher by atomic predicates (`matching`) and a translator for each
source of declarations (`kubernetes`). Plain data in, plain data out: nothing here imports Pulumi or calls a
cloud.
"""
