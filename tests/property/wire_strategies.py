"""Hypothesis strategies for whole events, built from their JSON Schemas.

They know the part of JSON Schema our models produce, and fail on any other.
"""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

from hypothesis import strategies as st

from shared.contracts import Contract
from shared.contracts.export.schemas import event_schema

Schema = dict[str, Any]
Definitions = dict[str, Schema]
Strategy = st.SearchStrategy[Any]

INT64 = 2**63 - 1
NOTABLE = 'שלום، أين \u202e\u2067\u200f🎰💳👩‍👩‍👧𝕏𐍈\U0010ffffğşİıąčžё\x00\u2028\ufeff"\\/\x7f'

texts = st.text(max_size=40) | st.text(st.sampled_from(NOTABLE), max_size=40)
integers = st.integers(-INT64, INT64)
floats = st.floats(allow_nan=False, allow_infinity=False)
# No null: a field that is null is not written, as absent and null mean the same on this wire.
json_values = st.recursive(
    texts | integers | floats | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
_zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_times = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001  (bounds of datetimes() are naive; a day inside for zones)
    datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=_zones,
).map(datetime.isoformat)


@cache
def events(contract: type[Contract]) -> Strategy:
    """Every event the schema of a contract allows, as JSON values; texts and lists are short."""
    schema = event_schema(contract)
    return _values(schema, schema["$defs"])


def _values(schema: Schema, definitions: Definitions) -> Strategy:
    match schema:
        case {"$ref": str(reference)}:
            return _values(definitions[reference.removeprefix("#/$defs/")], definitions)
        case {"const": value}:
            return st.just(value)
        case {"enum": values}:
            return st.sampled_from(values)
        case {"anyOf": options}:
            return st.one_of(
                *(_values(one, definitions) for one in options if one != {"type": "null"})
            )
        case {"type": str(kind)}:
            return _BY_TYPE[kind](schema, definitions)
    raise NotImplementedError(f"no strategy for {schema}")


def _objects(schema: Schema, definitions: Definitions) -> Strategy:
    if "properties" not in schema:
        return _mappings(schema, definitions)
    fields = {name: _values(field, definitions) for name, field in schema["properties"].items()}
    required = {name: fields[name] for name in schema.get("required", ())}
    optional = {name: field for name, field in fields.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


def _mappings(schema: Schema, definitions: Definitions) -> Strategy:
    match schema:
        case {"patternProperties": patterns}:
            ((pattern, item),) = patterns.items()
            keys = _strings({"pattern": pattern, **schema.get("propertyNames", {})}, definitions)
            return st.dictionaries(keys, _values(item, definitions), max_size=3)
        case {"additionalProperties": True}:
            return st.dictionaries(texts, json_values, max_size=3)
    raise NotImplementedError(f"no strategy for {schema}")


def _arrays(schema: Schema, definitions: Definitions) -> Strategy:
    least, most = schema.get("minItems", 0), schema.get("maxItems", 3)
    return st.lists(_values(schema["items"], definitions), min_size=least, max_size=min(most, 3))


def _strings(schema: Schema, _: Definitions) -> Strategy:
    if schema.get("format") == "date-time":
        return _times
    least, most = schema.get("minLength", 0), schema.get("maxLength", 40)
    if "pattern" not in schema:
        return texts.filter(lambda text: least <= len(text) <= most)
    # Python's `$` also matches before a last line break; the wire's does not.
    exact = schema["pattern"].removesuffix("$") + r"\Z"
    return st.from_regex(exact).filter(lambda text: least <= len(text) <= most)


def _integers(schema: Schema, _: Definitions) -> Strategy:
    return st.integers(schema["minimum"], schema["maximum"])


def _numbers(schema: Schema, _: Definitions) -> Strategy:
    return st.floats(
        schema.get("minimum", schema.get("exclusiveMinimum")),
        schema.get("maximum"),
        exclude_min="exclusiveMinimum" in schema,
        allow_nan=False,
        allow_infinity=False,
    )


_BY_TYPE: dict[str, Callable[[Schema, Definitions], Strategy]] = {
    "object": _objects,
    "array": _arrays,
    "string": _strings,
    "integer": _integers,
    "number": _numbers,
    "boolean": lambda *_: st.booleans(),
}
