"""Whatever a schema allows can be read, and survives the wire."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contracts import CONTRACTS, Contract, decode, encode, wrap
from shared.contracts.export.schemas import stem
from tests.property.wire_strategies import events, json_values, texts

each_contract = pytest.mark.parametrize("contract", CONTRACTS, ids=stem)
few_examples_each = settings(max_examples=40)  # times every contract


def leaves(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*at, index))
    else:
        yield at, value


def same(one: Any, other: Any) -> bool:
    """Equal, or two spellings of one moment."""
    return bool(one == other) or datetime.fromisoformat(one) == datetime.fromisoformat(other)


@each_contract
@few_examples_each
@given(data=st.data())
def test_what_a_schema_allows_is_read_and_written_unchanged(
    contract: type[Contract], data: st.DataObject
) -> None:
    sent = data.draw(events(contract))
    event = decode(orjson.dumps(sent))
    raw = encode(
        wrap(event.data, id=event.id, at=event.at, cause=event.cause, correlation=event.correlation)
    )
    assert decode(raw) == event
    written = dict(leaves(orjson.loads(raw)))
    for place, value in leaves(sent):
        assert same(written[place], value), place


@each_contract
@few_examples_each
@given(data=st.data())
def test_fields_from_the_future_are_ignored_wherever_they_stand(
    contract: type[Contract], data: st.DataObject
) -> None:
    sent = data.draw(events(contract))
    extra = st.dictionaries(texts.map(lambda name: f"x-{name}"), json_values, max_size=3)
    future = {**sent, **data.draw(extra), "data": {**sent["data"], **data.draw(extra)}}
    assert decode(orjson.dumps(future)) == decode(orjson.dumps(sent))
