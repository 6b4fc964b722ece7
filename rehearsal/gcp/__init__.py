"""What the emulated Google Cloud knows about the resource types and data sources of pulumi-gcp.

`*.yaml`: formats of ids and outputs, defaults, immutable properties and documented limits, by service,
each limit with its source. `generic`: what holds for all types, read from the installed SDK. One file per
thing that a table cannot say: `iam`, `keys` (customer keys and their grants), `subnets`, `firewall`, `armor`,
`container` and `nodes`, `references` (what an object names), `functions` (data sources).

Guarantees: a documented limit is refused at preview with its source; ids, links and e-mails have Google's
formats and agree with each other. Leaves out: quotas of an account, propagation delays, data planes. An
object that the record does not hold is taken to exist outside the rehearsal (a brought network, a shared
key): only what the record itself contradicts is refused.
"""

from pathlib import Path

from rehearsal.gcp.package import Google

PACKAGE = Google(Path(__file__).parent, "gcp")
"""The `rehearsal.model.Package` of the core."""
