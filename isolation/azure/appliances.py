"""Next hops that are machines: what they do with packets is theirs.

Such a machine may send a packet on by the routes of the subnet that it stands in, with its own address as the
source or with the packet's, or out of the network by a way of its own. None of that is known, so that a way
through it is open: it is told, and proves nothing.
"""

from __future__ import annotations

from isolation.addresses import addresses
from isolation.azure.peerings import Peerings
from isolation.azure.places import Vnet, four
from isolation.azure.tables import SYSTEM, Entry, Table, Tables
from isolation.azure.ways import Ways
from isolation.intervals import EMPTY
from isolation.model import Gateway
from isolation.outside import decides
from isolation.resources import Value


class Appliances:
    """The machines that routes name; `found` are the routers behind them."""

    def __init__(self, tables: Tables, peerings: Peerings, ways: Ways) -> None:
        self._tables = tables
        self._peerings = peerings
        self._ways = ways
        self.found: dict[str, tuple[Vnet, Table]] = {}

    def leads(self, vnet: Vnet, entry: Entry, address: Value) -> tuple[str, ...]:
        """The gateways that stand for a next hop of a network, which stands there or in a peer."""
        text = address.text()
        near = [vnet, *(half.remote for half in self._peerings.of(vnet) if half.remote.resource)]
        subnets = [one for each in near for one in each.subnets if text and addresses(text) & one.ranges]
        places = [(one.vnet, self._tables.of_subnet(one)) for one in subnets]
        where = decides(address, "the next hop")
        names = list(self._ways.anywhere(entry.owner, address, "the next hop"))
        for there, table in places or [(one, SYSTEM) for one in near]:
            router = f"behind {text or address.where} in {there.short} by {table.name}"
            self.found[router] = there, table
            own = addresses(text) if text else four(there.ranges)
            for hidden, how in ((EMPTY, "as they come"), (own, "as its own")):
                gateway = Gateway(
                    f"{router}, {how}",
                    "next hop",
                    router,
                    source_becomes=hidden,
                    unknown=(where,),
                    origin=entry.owner.urn,
                )
                names.append(self._ways.add(gateway))
        return tuple(names)
