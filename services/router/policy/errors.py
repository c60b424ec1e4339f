"""What is wrong with a policy or roster file, said so that it can be mended."""

from collections.abc import Iterable
from typing import NamedTuple


class Problem(NamedTuple):
    """One fault. line: from 1. field: dotted path, empty for the file as a whole."""

    line: int
    field: str
    says: str

    def __str__(self) -> str:
        place = f"{self.field}: " if self.field else ""
        return f"line {self.line}: {place}{self.says}"


class FileInvalid(ValueError):
    """A file that cannot be used. `problems` are in the order of the file."""

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.name = name
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(f"{name}, {problem}" for problem in self.problems))
