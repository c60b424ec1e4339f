"""The script of the demo's day of support: who writes what, through which door, and when.

`load_script` reads `messages.yaml` beside this module and checks it as a whole, so that a slip in
the script is reported by line and field before any process starts.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from cli.demo.located_yaml import Item, read_items
from cli.demo.scripted_messages import FormMessage, Message

SCRIPT_PATH = Path(__file__).with_name("messages.yaml")
# Long enough for the first delivery to be answered, so that the second is a true duplicate.
REDELIVERY_DELAY_SECONDS = 0.5

_MESSAGE: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="door")])


class ScriptError(ValueError):
    """The script cannot be played; all its problems, each `file:line: field: problem`."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One knock at a door, `at` seconds into the day; `again` marks a provider's repetition."""

    at: float
    message: Message
    again: bool


@dataclass(frozen=True, slots=True)
class Script:
    """A day: its messages in order of time, each of which must end up in exactly one ticket."""

    messages: tuple[Message, ...]

    def deliveries(self) -> Sequence[Delivery]:
        """Every knock in order of time, repetitions included: more than there are messages."""
        first = [Delivery(at=m.at, message=m, again=False) for m in self.messages]
        again = [
            Delivery(at=m.at + REDELIVERY_DELAY_SECONDS, message=m, again=True)
            for m in self.messages
            if m.twice
        ]
        return sorted(first + again, key=attrgetter("at"))

    def by_person(self) -> dict[str, tuple[Message, ...]]:
        """Person → their messages in order of time, over all the doors they used."""
        grouped: defaultdict[str, list[Message]] = defaultdict(list)
        for message in self.messages:
            grouped[message.person].append(message)
        return {person: tuple(messages) for person, messages in grouped.items()}

    def on_two_doors(self) -> frozenset[str]:
        """Vouched customers who write through more than one door: one ticket each is expected."""
        return frozenset(
            person
            for person, messages in self.by_person().items()
            if len({message.door for message in messages}) > 1
        )


def load_script(path: Path = SCRIPT_PATH) -> Script:
    """Read and check a script. Raises ScriptError naming line and field of every problem."""
    try:
        items = read_items(path)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScriptError(f"{path.name}:{line}: {error.problem}") from error
    messages, problems = _parse(items)
    problems = problems or list(_contradictions(messages, items))
    if problems:
        raise ScriptError("\n".join(f"{path.name}:{problem}" for problem in problems))
    return Script(messages=tuple(messages))


def _parse(items: Sequence[Item]) -> tuple[list[Message], list[str]]:
    """The valid messages, and a `line: field: problem` for every field that is not valid."""
    messages: list[Message] = []
    problems: list[str] = []
    for number, item in enumerate(items, start=1):
        try:
            messages.append(_MESSAGE.validate_python(item.fields | {"number": number}))
        except ValidationError as error:
            problems.extend(_explain(item, error))
    return messages, problems


def _explain(item: Item, error: ValidationError) -> Iterator[str]:
    for detail in error.errors(include_url=False, include_input=False):
        # A location is (door, field); it is empty where the door itself is missing or unknown.
        field = str(detail["loc"][-1]) if detail["loc"] else "door"
        yield f"{item.line_of(field)}: {field}: {detail['msg']}"


def _contradictions(messages: Sequence[Message], items: Sequence[Item]) -> Iterator[str]:
    """What no message shows on its own, as `line: field: problem`."""
    latest = 0.0
    customers: dict[str, str | None] = {}
    gone: set[str] = set()
    for message, item in zip(messages, items, strict=True):
        if message.at < latest:
            yield f"{item.line_of('at')}: at: earlier than the message before it, at {latest}"
        latest = max(latest, message.at)
        vouched = customers.setdefault(message.sender, message.customer)
        if message.customer != vouched:
            yield f"{item.line_of('customer')}: customer: {message.sender} was {vouched} before"
        if message.sender in gone:
            yield f"{item.line_of('sender')}: sender: {message.sender} has left"
        if isinstance(message, FormMessage) and message.leaves:
            gone.add(message.sender)
