"""The parameters of a request: those of a form or, seldom, of a JSON object.

They are a stranger's until they are verified, so they are bounded, as JSON is in json_body.py.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

from services.ingest.errors import NotAForm
from services.ingest.json_body import load_object

MAX_FIELDS: Final = 500
MAX_NAME: Final = 256
MAX_VALUE: Final = 65_536

Params: TypeAlias = Mapping[str, Sequence[str]]


def read_form(body: bytes | str) -> Params:
    """Name → values, in order. Raises NotAForm."""
    try:
        text = body if isinstance(body, str) else body.decode("utf-8")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError:
        raise NotAForm("not UTF-8") from None
    except ValueError:
        raise NotAForm(f"more than {MAX_FIELDS} fields") from None
    params: dict[str, list[str]] = {}
    for name, value in pairs:
        if len(name) > MAX_NAME or len(value) > MAX_VALUE:
            raise NotAForm("a field is too long")
        params.setdefault(name, []).append(value)
    return params


def read_json(body: bytes) -> Params:
    """The texts of a JSON object. Raises NotJson."""
    return {name: [each] for name, each in load_object(body).items() if isinstance(each, str)}


def first_of(params: Params) -> dict[str, str]:
    """Name → its first value."""
    return {name: values[0] for name, values in params.items()}
