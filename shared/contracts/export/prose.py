"""What the models' docstrings say, taken apart for the documents.

A docstring of the wire is a summary, then paragraphs, then a list of fields:

    Who writes, as a channel knows them.

    account: our account on it: a bot's name,
        a mailbox.
    shard, seq: where it stands.
"""

import inspect
import re
import sys

from pydantic import BaseModel

_FIELD = re.compile(r"^(?P<names>[a-z_]+(?:, [a-z_]+)*): (?P<text>.*)$")


def headline_of(model: type[BaseModel]) -> str:
    """What the model's module is about, in a line: an event version has a module of its own."""
    return inspect.cleandoc(sys.modules[model.__module__].__doc__ or "").partition("\n")[0]


def summary_of(model: type[BaseModel]) -> str:
    """The docstring without its list of fields, each paragraph on one line."""
    paragraphs, _ = _parts(model)
    return "\n\n".join(paragraphs)


def fields_of(model: type[BaseModel]) -> dict[str, str]:
    """Field -> what it means. What a subclass says goes over what its base says."""
    known: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            known |= _parts(base)[1]
    return {name: text for name, text in known.items() if name in model.model_fields}


def _parts(model: type[BaseModel]) -> tuple[list[str], dict[str, str]]:
    paragraphs: list[str] = []
    fields: dict[str, str] = {}
    for block in inspect.cleandoc(model.__doc__ or "").split("\n\n"):
        found = _fields(block) if _FIELD.match(block.partition("\n")[0]) else {}
        fields |= found
        if not found:
            paragraphs.append(" ".join(block.split()))
    return [paragraph for paragraph in paragraphs if paragraph], fields


def _fields(block: str) -> dict[str, str]:
    texts: dict[str, list[str]] = {}
    names: list[str] = []
    for line in block.splitlines():
        if match := _FIELD.match(line):
            names = match["names"].split(", ")
            texts |= {name: [match["text"]] for name in names}
        else:
            for name in names:
                texts[name].append(line.strip())
    return {name: " ".join(lines) for name, lines in texts.items()}
