"""Topic names. Code uses those of DESIGN (`support.inbound.v1`); a prefix sets a run apart.

Tests share one broker: each prefixes its topics. Publishers add the prefix themselves; consumers
subscribe to `topic(name, prefix)` and read `bare(record.topic, prefix)`.
"""


def topic(name: str, prefix: str = "") -> str:
    """The topic's name on the broker."""
    return f"{prefix}{name}"


def bare(name: str, prefix: str = "") -> str:
    """The topic's name in the code. Raises ValueError when the prefix is another run's."""
    if not name.startswith(prefix):
        raise ValueError(f"topic {name!r} does not begin with {prefix!r}")
    return name.removeprefix(prefix)


def dead_letters(name: str, group: str) -> str:
    """Where `group` puts what it could not handle of topic `name` (both without prefix)."""
    return f"{name}.{group}.dlq"
