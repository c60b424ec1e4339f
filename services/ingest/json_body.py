"""Reads JSON from strangers: small, shallow, and with nothing that Python cannot hold."""

from typing import Any, Final

import orjson

from services.ingest.errors import NotJson

MAX_DEPTH: Final = 32
MAX_KEYS: Final = 2_000
MAX_STRING: Final = 65_536


def load_object(
    body: bytes, *, max_keys: int = MAX_KEYS, max_string: int = MAX_STRING
) -> dict[str, Any]:
    """The body as a JSON object. Raises NotJson with the reason and, where it helps, the place.

    max_keys: keys and items in all; more for a provider that sends in batches.
    max_string: characters of a value, where files come as text.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotJson(f"not JSON: {error.msg} at byte {error.pos}") from None
    if not isinstance(value, dict):
        raise NotJson("the body must be a JSON object")
    _check_limits(value, max_keys, max_string)
    return value


def _check_limits(root: dict[str, Any], max_keys: int, max_string: int) -> None:
    keys = 0
    level: list[Any] = [root]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                keys += len(value)
                for key in value:
                    _check_string(key, MAX_STRING)
                below += value.values()
            elif isinstance(value, list):
                keys += len(value)
                below += value
            elif isinstance(value, str):
                _check_string(value, max_string)
        if keys > max_keys:
            raise NotJson(f"more than {max_keys} keys and items")
        if not below:
            return
        level = below
    raise NotJson(f"nested deeper than {MAX_DEPTH}")


def _check_string(value: str, limit: int) -> None:
    if len(value) > limit:
        raise NotJson(f"a string has more than {limit} characters")
