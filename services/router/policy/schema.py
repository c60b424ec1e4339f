"""The policy file as it is written. docs/policy.md explains each field to its authors."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from services.router.policy.duration import Duration

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=64)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
Level = Annotated[int, Field(ge=1, le=5, strict=True)]
Factor = Annotated[float, Field(gt=0, le=100)]
ANY = "*"
Pattern = Annotated[str, Field(min_length=1, max_length=128)]


def _target_kind(value: object) -> str:
    """Told apart first, so that a fault of the one is not told as a fault of the other, too."""
    return "[by tier]" if isinstance(value, dict) else "[for all]"


Target = Annotated[
    Annotated[Duration, Tag("[for all]")]
    | Annotated[dict[Name | Literal["*"], Duration], Tag("[by tier]")],
    Discriminator(_target_kind),
]


class Section(BaseModel):
    """A frozen part of the file that knows all its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AccountSection(Section):
    """Whose account a message came in on. First match from the top; `*` matches any text."""

    channel: Pattern = ANY
    account: Pattern = ANY
    brand: Name
    desk: Name
    tier: Name = "standard"


class QueueSection(Section):
    """Tickets of one kind.

    needs: skill -> level an agent must have. prefers: skill -> level that makes a better fit.
    targets: channel -> how soon the customer is to be answered, or tier -> that; `*` is any other.
    """

    needs: dict[Name, Level] = {}
    prefers: dict[Name, Level] = {}
    priority: Annotated[int, Field(strict=True)] | None = None
    targets: dict[Name | Literal["*"], Target]


class TopicSection(Section):
    """Where a topic goes. priority overrides the queue's; needs add to the queue's."""

    queue: Name
    priority: Annotated[int, Field(strict=True)] | None = None
    needs: dict[Name, Level] = {}
    prefers: dict[Name, Level] = {}


class DeskSection(Section):
    """A pool of people, its queues and its times (see DeskRules).

    languages: language -> level an agent must have to serve it.
    default_language: for messages in no language of the list.
    otherwise: the queue of topics not listed, and of messages whose topic nobody understood.
    """

    offer: Duration = 20.0
    skip: Duration = 60.0
    silence: Duration = 15.0
    grace: Duration = 60.0
    wrap_up: Duration = 10.0
    reopen: Duration = 86_400.0
    accept: dict[Name, Literal["auto", "manual"]] = {}
    weights: dict[Name, Annotated[float, Field(gt=0, le=100)]] = {}
    languages: Annotated[dict[Language, Level], Field(min_length=1)]
    default_language: Language
    queues: Annotated[dict[Name, QueueSection], Field(min_length=1)]
    topics: dict[Name, TopicSection] = {}
    otherwise: Name


class PolicyFile(Section):
    """The whole file.

    priorities: number -> factor on the target: 0.5 halves the time allowed.
    priority: of queues and topics that name none. urgent: of messages that sound urgent, unless
        theirs is higher already (lower numbers are more urgent).
    """

    version: Annotated[int, Field(ge=1, strict=True)]
    channels: Annotated[list[Name], Field(min_length=1)]
    skills: list[Name] = []
    tiers: list[Name] = ["standard"]
    priorities: Annotated[dict[int, Factor], Field(min_length=1)]
    priority: Annotated[int, Field(strict=True)]
    urgent: Annotated[int, Field(strict=True)]
    accounts: Annotated[list[AccountSection], Field(min_length=1)]
    desks: Annotated[dict[Name, DeskSection], Field(min_length=1)]
