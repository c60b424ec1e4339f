"""The stored samples of the events, shown as examples in the documents."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Sample(NamedTuple):
    """One whole event. `name` is its file's: `AgentCard.v1`, `SetAgentState.v1.break`."""

    name: str
    event: dict[str, Any]


Samples = Mapping[tuple[str, int], Sequence[Sample]]


def read_samples(folder: Path) -> Samples:
    """The samples of a folder by type and version, in the order of their names."""
    found: dict[tuple[str, int], list[Sample]] = {}
    for path in sorted(folder.glob("*.json"), key=lambda path: path.stem):
        event = json.loads(path.read_bytes())
        found.setdefault((event["type"], event["version"]), []).append(Sample(path.stem, event))
    return found
