"""A version of the policy was put in force."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.base import Contract, Positive, Text


class PolicyPublished(Contract):
    """The whole file. What comes first of a version counts; lower versions than the last are void.

    file: its name, for messages. text: YAML, as docs/policy.md describes it. by: who applied it.
    """

    TYPE: ClassVar[str] = "PolicyPublished"
    TOPIC: ClassVar[str] = "support.policy.v1"

    policy: Positive
    file: Annotated[str, Field(min_length=1, max_length=128)]
    text: Text
    by: Annotated[str, Field(max_length=128)] = ""

    @property
    def key(self) -> str:
        # one record a version survives compaction, so that an old day can be replayed
        return f"version-{self.policy}"
