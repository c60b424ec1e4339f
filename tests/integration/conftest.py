"""What tests of running routers stand in."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.dealer_world import World, surroundings
from tests.stacks import Fresh


@pytest.fixture
async def world(fresh: Fresh) -> AsyncIterator[World]:
    """Everything around the dealers, on this test's own topics and database."""
    async with surroundings(fresh) as world:
        yield world
