"""What a reader of the contracts wants to know of a topic's settings."""

from collections.abc import Mapping
from typing import Protocol


class TopicSettings(Protocol):
    """One topic. Without `retention_days` the newest record of each key is kept for ever.

    dead_letters: the consumer groups that may reject its records.
    """

    @property
    def partitions(self) -> int: ...
    @property
    def retention_days(self) -> int | None: ...
    @property
    def cleanup(self) -> str: ...
    @property
    def dead_letters(self) -> tuple[str, ...]: ...


Topics = Mapping[str, TopicSettings]
