"""From a file to a policy."""

from pathlib import Path as FilePath

from services.router.policy.check import check
from services.router.policy.desk import desk_policy
from services.router.policy.errors import FileInvalid
from services.router.policy.policy import Policy
from services.router.policy.schema import PolicyFile
from services.router.policy.source import read_source, validate


def load_policy(path: FilePath) -> Policy:
    """Read a policy file. Raises FileInvalid, OSError."""
    return parse_policy(path.read_text(encoding="utf-8"), name=path.name)


def parse_policy(text: str, *, name: str = "policy") -> Policy:
    """A policy from its text. Raises FileInvalid with every problem's line and remedy."""
    source = read_source(text, name=name)
    file = validate(source, PolicyFile)
    if problems := check(file, source):
        raise FileInvalid(name, problems)
    desks = {name: desk_policy(name, section, file) for name, section in file.desks.items()}
    return Policy(
        version=file.version,
        channels=tuple(file.channels),
        skills=frozenset(file.skills),
        tiers=tuple(file.tiers),
        accounts=tuple(file.accounts),
        by_desk=desks,
    )
