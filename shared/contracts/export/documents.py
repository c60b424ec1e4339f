"""The documents as files: what they contain, whether they are as the code would write them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from shared.contracts.base import Contract
from shared.contracts.export.asyncapi import asyncapi
from shared.contracts.export.samples import Samples
from shared.contracts.export.schemas import event_schema, stem
from shared.contracts.export.topics import Topics

Documents = Mapping[Path, str]

_ASYNCAPI = Path("asyncapi.yaml")
_SCHEMAS = Path("schemas")


class Incomplete(Exception):
    """A contract cannot be documented; the message says what is missing, and where to add it."""


def documents(contracts: Sequence[type[Contract]], topics: Topics, samples: Samples) -> Documents:
    """Path below the docs folder -> text. The same input gives the same bytes.

    Raises Incomplete when a contract has no sample, or its topic no settings.
    """
    for contract in contracts:
        if contract.TOPIC not in topics:
            raise Incomplete(f"{contract.TOPIC} has no settings: add it to the file of topics")
        if (contract.TYPE, contract.VERSION) not in samples:
            raise Incomplete(f"{stem(contract)} has no sample: add {stem(contract)}.json")
    schemas = {
        _SCHEMAS / f"{stem(contract)}.json": _json(event_schema(contract)) for contract in contracts
    }
    return {_ASYNCAPI: _yaml(asyncapi(contracts, topics, samples)), **schemas}


def drifted(folder: Path, expected: Documents) -> list[Path]:
    """The files that are missing, differ, or describe an event that is no more; sorted."""
    wrong = {path for path, text in expected.items() if _read(folder / path) != text}
    return sorted(wrong | _left_over(folder, expected))


def write(folder: Path, expected: Documents) -> list[Path]:
    """Make the folder as expected; returns what was changed or removed, sorted."""
    changed = drifted(folder, expected)
    for path in changed:
        target = folder / path
        if path in expected:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(expected[path].encode())
        else:
            target.unlink()
    return changed


def _left_over(folder: Path, expected: Documents) -> set[Path]:
    present = {path.relative_to(folder) for path in (folder / _SCHEMAS).glob("*.json")}
    return present - expected.keys()


def _read(path: Path) -> str | None:
    return path.read_bytes().decode() if path.is_file() else None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines as a block, as a person would."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _yaml(value: object) -> str:
    note = "# Written by `croupier contracts export`; change the models, not this file.\n"
    return note + yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
