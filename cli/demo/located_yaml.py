"""YAML lists whose items remember the lines they were written on, for errors people can find."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Item:
    """One mapping of the list; lines count from 1."""

    fields: dict[str, Any]
    line: int
    field_lines: dict[str, int]

    def line_of(self, field: str) -> int:
        """Line of a field, or of the item where the field is missing."""
        return self.field_lines.get(field, self.line)


def read_items(path: Path) -> list[Item]:
    """The items of a YAML list of mappings.

    Raises yaml.MarkedYAMLError, which names the line, where the file is something else.
    """
    loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
    root = loader.get_single_node()
    if not isinstance(root, yaml.SequenceNode):
        mark = root.start_mark if root else None
        raise yaml.MarkedYAMLError(problem="expected a list", problem_mark=mark)
    return [_item(loader, node) for node in root.value]


def _item(loader: yaml.SafeLoader, node: yaml.Node) -> Item:
    if not isinstance(node, yaml.MappingNode):
        raise yaml.MarkedYAMLError(problem="expected a mapping", problem_mark=node.start_mark)
    return Item(
        fields={
            str(key): value for key, value in loader.construct_mapping(node, deep=True).items()
        },
        line=node.start_mark.line + 1,
        field_lines={str(key.value): key.start_mark.line + 1 for key, _ in node.value},
    )
