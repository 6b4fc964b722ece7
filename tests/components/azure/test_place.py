"""Ids and names on Azure."""

from __future__ import annotations

import re

import pytest

from tests.components.azure.platform import NAME, PLACE


def test_ids_are_paths_of_types_and_names() -> None:
    subnet = PLACE.id("Microsoft.Network/virtualNetworks/subnets", "net", "data")
    assert subnet == f"{PLACE.group_id}/providers/Microsoft.Network/virtualNetworks/net/subnets/data"
    watcher = PLACE.id("Microsoft.Network/networkWatchers", "w", group="NetworkWatcherRG")
    assert "/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/" in watcher


def test_a_name_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match="has 1 names, and 2 were given: a, b"):
        PLACE.id("Microsoft.Network/virtualNetworks", "a", "b")


@pytest.mark.parametrize("longest", [24, 50])
def test_names_in_all_the_world_fit_and_differ(longest: int) -> None:
    names = {PLACE.world_name(what, longest) for what in ("datasets", "models", "access-logs")}
    names |= {PLACE.model_copy(update={"entropy": "x"}).world_name("datasets", longest)}
    names |= {PLACE.model_copy(update={"group": "other"}).world_name("datasets", longest)}
    assert len(names) == 5
    assert all(re.fullmatch(r"[a-z][a-z0-9]*", name) and len(name) <= longest for name in names)


def test_a_name_stays_the_same() -> None:
    assert PLACE.world_name("datasets") == PLACE.world_name("datasets")
    assert PLACE.world_name("datasets").startswith("datasets" + NAME[:8])
