"""Reads YAML and remembers where everything stands.

Stricter than YAML: keys are unique, keys are texts or whole numbers, dates are texts, and there are
no anchors, so that what a person reads is what the router reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from services.router.policy.errors import FileInvalid, Problem

Path = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)

_MARKS: Final = frozenset(
    (
        "[key]",
        "[by tier]",
        "[for all]",
        "[hours]",
        "[always]",
        "[all]",
        "[by date]",
        "[dates]",
        "[by name]",
        "[names]",
    )
)
_RESOLVERS: Final = {
    first: [(tag, form) for tag, form in known if not tag.endswith(":timestamp")]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
"""Without YAML's own dates, of which a wrong one is an error without a line."""


@dataclass(slots=True)
class Source:
    """A file's values, and the line of each."""

    name: str
    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line_of(self, path: Path) -> int:
        """The line of a value, or of the nearest thing around it that exists."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, says: str) -> Problem:
        return Problem(self.line_of(path), ".".join(map(str, path)), says)


def read_source(text: str, *, name: str) -> Source:
    """Parse. Raises FileInvalid."""
    source = Source(name)
    try:
        _refuse_anchors(text, source)
        loader = yaml.SafeLoader(text)
        loader.yaml_implicit_resolvers = _RESOLVERS
        root = loader.get_single_node()
        source.value = _value(root, (), source, loader) if root is not None else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark is not None else 1
        source.problems.append(Problem(line, "", f"not YAML: {error.problem}"))
    except yaml.YAMLError as error:
        source.problems.append(Problem(1, "", f"not YAML: {error}"))
    if source.problems:
        raise FileInvalid(name, source.problems)
    return source


def validate(source: Source, model: type[Model]) -> Model:
    """The file as a model. Raises FileInvalid with every fault pydantic finds, by line."""
    try:
        return model.model_validate(source.value)
    except ValidationError as error:
        raise FileInvalid(
            source.name,
            [
                source.problem(_plain(problem["loc"]), _says(problem["type"], problem["msg"]))
                for problem in error.errors(include_url=False)
            ],
        ) from None


def _refuse_anchors(text: str, source: Source) -> None:
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if getattr(event, "anchor", None) is not None:
            line = event.start_mark.line + 1 if event.start_mark else 1
            source.problems.append(
                Problem(line, "", "anchors (&) and aliases (*) are not read: write the value out")
            )
    if source.problems:
        raise FileInvalid(source.name, source.problems)


def _value(node: yaml.Node, path: Path, source: Source, loader: yaml.SafeLoader) -> Any:
    source.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, source, loader)
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(item, (*path, index), source, loader) for index, item in enumerate(node.value)
        ]
    return loader.construct_object(node)


def _mapping(
    node: yaml.MappingNode, path: Path, source: Source, loader: yaml.SafeLoader
) -> Mapping[str | int, Any]:
    values: dict[str | int, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = loader.construct_object(key_node)
        if not isinstance(key, str | int) or isinstance(key, bool):
            source.problems.append(
                Problem(
                    line, ".".join(map(str, path)), f'put this key in quotes: "{key_node.value}"'
                )
            )
            continue
        here = (*path, key)
        if key in values:
            source.problems.append(
                Problem(
                    line,
                    ".".join(map(str, here)),
                    f"given twice, first on line {source.lines[here]}: keep one",
                )
            )
            continue
        source.lines[here] = line
        values[key] = _value(value_node, here, source, loader)
    return values


def _plain(loc: tuple[str | int, ...]) -> Path:
    """pydantic's location without its marks, and ours, for what is no part of the file."""
    return tuple(part for part in loc if part not in _MARKS)


def _says(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "unknown field: check its spelling, or remove it"
    if kind == "missing":
        return "missing: add it"
    return message.removeprefix("Value error, ")
