"""Listens to what a driver asks the store, and asks the store how it would answer."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pymongo import monitoring

_BY_INDEX: Final = {"IXSCAN", "IDHACK", "EXPRESS_IXSCAN", "EXPRESS_CLUSTERED_IXSCAN"}
_NO_QUERIES: Final = {
    "insert",
    "getMore",
    "killCursors",
    "endSessions",
    "createIndexes",
    "commitTransaction",
    "abortTransaction",
    "ping",
    "explain",
}


@dataclass(frozen=True)
class Query:
    """One shape of question, with the first example of it."""

    collection: str
    filter: Mapping[str, Any]
    sort: Mapping[str, Any] | None = None
    hint: Any = None

    @property
    def overlooked_when_embedded(self) -> bool:
        """Whether it is a question whose index only the embedded store does not see."""
        sets = [
            held for held in self.filter.values() if isinstance(held, Mapping) and "$in" in held
        ]
        return "_id" in self.filter or len(sets) > 1

    @property
    def shape(self) -> str:
        """Fields and operators, without values."""
        parts = {"filter": _shape(self.filter), "sort": _shape(self.sort), "hint": self.hint}
        told = {name: part for name, part in parts.items() if part is not None}
        return f"{self.collection} {json.dumps(told, sort_keys=True, default=str)}"


@dataclass
class Listener(monitoring.CommandListener):
    """Keeps each shape of query on one database. unknown: commands this listener cannot read."""

    database: str
    shapes: dict[str, Query] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.database_name != self.database or event.command_name in _NO_QUERIES:
            return
        for query in self._queries(event.command_name, event.command):
            self.shapes.setdefault(query.shape, query)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        return

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        return

    def _queries(self, name: str, command: Mapping[str, Any]) -> Iterator[Query]:
        collection = command[name]
        match name:
            case "find":
                yield Query(
                    collection, command.get("filter", {}), command.get("sort"), command.get("hint")
                )
            case "findAndModify":
                yield Query(collection, command["query"])
            case "update":
                for update in command["updates"]:
                    yield Query(collection, update["q"])
            case "aggregate":
                first = command["pipeline"][0] if command["pipeline"] else {}
                yield Query(collection, first.get("$match", {}))
            case _:
                self.unknown.add(name)


async def stages(database: Any, query: Query) -> set[str]:
    """The stages of the plan the store would choose."""
    find: dict[str, Any] = {"find": query.collection, "filter": query.filter}
    if query.sort is not None:
        find["sort"] = query.sort
    if query.hint is not None:
        find["hint"] = query.hint
    answer = await database.command({"explain": find, "verbosity": "queryPlanner"})
    return set(_stages(answer["queryPlanner"]["winningPlan"]))


def by_index(plan: set[str]) -> bool:
    return bool(plan & _BY_INDEX) and "COLLSCAN" not in plan


def _stages(plan: Mapping[str, Any]) -> Iterator[str]:
    plan = plan.get("queryPlan", plan)
    yield plan.get("stage", "")
    for below in (*plan.get("inputStages", ()), *filter(None, [plan.get("inputStage")])):
        yield from _stages(below)


def _shape(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _shape(held) for name, held in value.items()}
    return None if value is None else "?"
