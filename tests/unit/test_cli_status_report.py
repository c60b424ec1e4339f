"""`croupier status` shows what there is when a part does not answer."""

import pytest
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from cli import status_report
from shared.store.errors import Transient


@pytest.mark.parametrize(
    "trouble", [Transient("away"), PyMongoError("away"), KafkaError("away"), OSError("away")]
)
async def test_what_is_not_answered_is_left_out_of_the_report(trouble: Exception) -> None:
    async def asked() -> int:
        raise trouble

    assert await status_report._or_none(asked()) is None
