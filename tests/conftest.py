"""What the whole suite shares: one engine, and one rehearsal per test process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rehearsal.session import Session, temporary
from tools.engine import Engine, ensure


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine of this checkout, built if it is not there yet."""
    return ensure()


@pytest.fixture(scope="session")
def rehearsal(engine: Engine) -> Iterator[Session]:
    """One rehearsed cloud for all tests of this process: give every stack a name of its own."""
    with temporary() as session:
        yield session
