"""An emulated cloud that speaks Pulumi's provider protocol.

The real engine, the real SDKs, real state, real diffs and real policy packs run against it with no account
and no credential. `python -m rehearsal -- COMMAND` runs any Pulumi command of any project;
`rehearsal.session` is the same for tests. What it cannot tell is printed by every run (`rehearsal.notice`).

The core (this folder) knows the protocol, the shape of every resource type (read from the installed SDK's own
source), the record of what exists and the injected faults. What one cloud knows (formats of ids, documented
limits, immutable properties, data sources) is in that cloud's folder; `rehearsal.model` is the interface
between the two and `rehearsal.tables` is the data-driven implementation of it.
"""
