"""The policy file as it is written. docs/policy.md explains each field to its authors."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Discriminator, Field, Tag

from services.router.policy.duration import Duration
from services.router.policy.hours import Always, Day, Spans, Weekdays, Zone
from services.router.policy.percent import Share, ShareOrNone

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=64)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
Level = Annotated[int, Field(ge=1, le=5, strict=True)]
Factor = Annotated[float, Field(gt=0, le=100)]
ANY = "*"
RESOLUTION = "resolution"
"""The clock that `resolve_targets` set."""
MOST_HOLIDAYS = 366
Pattern = Annotated[str, Field(min_length=1, max_length=128)]
Reply = Annotated[str, Field(pattern=r"\S", max_length=2_000)]


def _target_kind(value: object) -> str:
    """Told apart first, so that a fault of the one is not told as a fault of the other, too."""
    return "[by tier]" if isinstance(value, dict) else "[for all]"


Target = Annotated[
    Annotated[Duration, Tag("[for all]")]
    | Annotated[dict[Name | Literal["*"], Duration], Tag("[by tier]")],
    Discriminator(_target_kind),
]


Targets = dict[Name | Literal["*"], Target]


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


class HoursSection(Section):
    """When somebody is there, so that deadlines run. week: days -> spans; others are closed."""

    zone: Zone
    week: dict[Weekdays, Spans]


class TierSection(Section):
    """A kind of customer. factor: on targets that do not name it; 0.5 halves the time allowed."""

    factor: Factor = 1.0


def _tiers_kind(value: object) -> str:
    return "[by name]" if isinstance(value, dict) else "[names]"


Tiers = Annotated[
    Annotated[dict[Name, TierSection], Tag("[by name]")] | Annotated[list[Name], Tag("[names]")],
    Discriminator(_tiers_kind),
]


def _hours_kind(value: object) -> str:
    return "[hours]" if isinstance(value, dict | HoursSection) else "[always]"


Opening = Annotated[
    Annotated[HoursSection, Tag("[hours]")] | Annotated[Always, Tag("[always]")],
    Discriminator(_hours_kind),
]


def _holidays_kind(value: object) -> str:
    return "[by date]" if isinstance(value, dict) else "[dates]"


Holidays = Annotated[
    Annotated[dict[Day, Spans], Field(max_length=MOST_HOLIDAYS), Tag("[by date]")]
    | Annotated[list[Day], Field(max_length=MOST_HOLIDAYS), Tag("[dates]")],
    Discriminator(_holidays_kind),
]


class RelaxSection(Section):
    """What will do for a ticket that has waited so long.

    needs: skill -> lower level; 0: not at all. queue: the needs of that queue will do instead.
    """

    after: Duration
    needs: dict[Name, Annotated[int, Field(ge=0, le=4, strict=True)]] = {}
    queue: Name | None = None


class EscalateSection(Section):
    """What is done once a ticket has waited so long and is in nobody's hands: one of the three.

    page: who is told of it. queue: where it moves on to. desk: to which other desk, and there to
    that queue, if one is named. tell: language -> what the customer is told.
    """

    after: Duration
    page: Name | None = None
    queue: Name | None = None
    desk: Name | None = None
    tell: dict[Language, Reply] = {}


class QueueSection(Section):
    """Tickets of one kind.

    needs: skill -> level an agent must have. prefers: skill -> level that makes a better fit.
    relax: what falls away while a ticket waits. escalate: what is done while it waits.
    targets: channel -> how soon the customer is to be answered, or tier -> that; `*` is any other.
    next_targets: of every answer after the first one; none: as the first.
    resolve_targets: how soon their matter is to be resolved; none: no such clock.
    hours: instead of the desk's. guard: instead of that of the desk's shifts.
    weight: factor on the channel's.
    protected: its tickets stand beside the customer's others, and somebody has to be there.
    confidential: the customer is to notice nothing of it.
    when_nobody: language -> what the customer is told when nobody who could take it is ready.
    """

    needs: dict[Name, Level] = {}
    prefers: dict[Name, Level] = {}
    relax: list[RelaxSection] = []
    escalate: list[EscalateSection] = []
    priority: Annotated[int, Field(strict=True)] | None = None
    targets: Targets
    next_targets: Targets = {}
    resolve_targets: Targets = {}
    hours: Opening | None = None
    guard: Duration | None = None
    weight: Factor = 1.0
    protected: Annotated[bool, Field(strict=True)] = False
    confidential: Annotated[bool, Field(strict=True)] = False
    when_nobody: dict[Language, Reply] = {}


class TopicSection(Section):
    """Where a topic goes. priority, relax and weight override the queue's; needs add to its own."""

    queue: Name
    priority: Annotated[int, Field(strict=True)] | None = None
    needs: dict[Name, Level] = {}
    prefers: dict[Name, Level] = {}
    relax: list[RelaxSection] | None = None
    weight: Factor | None = None


class OwnSection(Section):
    """Whose slots a reserve holds: tickets that match all that is given."""

    language: Language | None = None
    skill: Name | None = None
    queue: Name | None = None
    channel: Name | None = None
    tier: Name | None = None


class ReserveSection(Section):
    """Free slots withheld from tickets they are not for.

    among: skill -> level of the agents whose slots count, beside what `for` says.
    """

    name: Name
    own: Annotated[OwnSection, Field(alias="for")]
    slots: Annotated[int, Field(ge=1, le=1_000, strict=True)]
    among: dict[Name, Level] = {}


class UnansweredSection(Section):
    """While the customer waits for the agent's next answer. nudge: the agent is reminded after so
    long. lead: a team lead is told of it. who: which one. requeue: the ticket goes back to the
    queue without them. Each absent: never."""

    nudge: Duration | None = None
    lead: Duration | None = None
    who: Name = "lead"
    requeue: Duration | None = None


class WaitingSection(Section):
    """While the agent waits for the customer's answer. counts: what the ticket takes of its weight.
    nudge: the customer is to be reminded after so long. resolve: the ticket is resolved by itself;
    absent: never."""

    counts: ShareOrNone = 0.25
    nudge: Duration | None = None
    resolve: Duration | None = None


class HostsSection(Section):
    """For how long of its wait a ticket is kept for the customer's own agents: the first of them,
    and each of the others after that."""

    first: Duration = 60.0
    then: Duration = 30.0


class PullSection(Section):
    """An agent may choose so many tickets from the queue themselves in any such time."""

    most: Annotated[int, Field(ge=1, le=100, strict=True)]
    per: Duration


class ShiftsSection(Section):
    """Of agents whose shifts are planned. guard: for so long before the end of one nothing new is
    dealt to them."""

    guard: Duration = 0.0


class NewHiresSection(Section):
    """Of agents who are new. share: of their capacity, what they have."""

    share: Share = 0.5


class PageSection(Section):
    """after: a ticket of a protected queue that nobody took for so long is somebody on call's."""

    after: Duration = 60.0


class ClockSection(Section):
    """What a law, a regulator or a card scheme allows, around the clock, for tickets of these
    topics and queues. warn: so long before its end somebody on call is told."""

    within: Duration
    warn: Duration = 0.0
    topics: list[Name] = []
    queues: list[Name] = []


class NoticeSection(Section):
    """tell: language -> what the customer is told. channels, queues: of which tickets; none given:
    of all. since, until: only from and before that time."""

    channels: list[Name] = []
    queues: list[Name] = []
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    tell: Annotated[dict[Language, Reply], Field(min_length=1)]


class NoticesSection(Section):
    """What customers are told without asking; of each kind the first that fits.

    received: of a new ticket. closed: instead, and when they come back, while its queue is closed.
    incident: instead of both. assigned: an agent has it. handed_on: to another agent, queue or
    desk. escalated: for re-review. reminded: we wait for their answer. solved: the agent is done.
    lapsed: resolved since they did not answer. rate: after `solved`, how it was.
    """

    incident: list[NoticeSection] = []
    closed: list[NoticeSection] = []
    received: list[NoticeSection] = []
    assigned: list[NoticeSection] = []
    handed_on: list[NoticeSection] = []
    escalated: list[NoticeSection] = []
    reminded: list[NoticeSection] = []
    solved: list[NoticeSection] = []
    lapsed: list[NoticeSection] = []
    rate: list[NoticeSection] = []


class DeskSection(Section):
    """A pool of people, its queues and its times (see DeskRules).

    languages: language -> level an agent must have to serve it.
    fallbacks: language -> others that will do for it, each with the time a ticket waits before.
    hard: skills that never fall.
    missed: after so many missed offers in a row an agent is set to a break; 0: never.
    late: share of the slots for tickets past their deadline, where others want them, too.
    sticky: how long a reopened ticket is kept for the agent who had it.
    transfer: how long a ticket is kept for the agent it was transferred to.
    review: the queue of re-reviews; None: each in its own.
    hosts: how long a ticket is kept for the customer's own agents.
    park: how far ahead a ticket may be parked.
    pull: how often agents may choose a ticket from the queue; absent: nobody takes any from there.
    shifts: what their end means. new_hires: how much they have in hand.
    page: when somebody on call is paged.
    clocks: those of laws and card schemes, beside the deadlines.
    reserves: slots withheld.
    hours: in which deadlines run.
    holidays: dates that are closed, or date -> its spans instead; of all that has hours.
    interruptible: channels whose tickets lie aside while those of others come.
    default_language: for messages in no language of the list.
    notices: what customers are told of their ticket without asking.
    otherwise: the queue of topics not listed, and of messages whose topic nobody understood.
    """

    offer: Duration = 20.0
    skip: Duration = 60.0
    missed: Annotated[int, Field(ge=0, le=100)] = 0
    silence: Duration = 15.0
    grace: Duration = 60.0
    wrap_up: Duration = 10.0
    reopen: Duration = 86_400.0
    accept: dict[Name, Literal["auto", "manual"]] = {}
    weights: dict[Name, Annotated[float, Field(gt=0, le=100)]] = {}
    interruptible: list[Name] = []
    languages: Annotated[dict[Language, Level], Field(min_length=1)]
    default_language: Language
    fallbacks: dict[Language, dict[Language, Duration]] = {}
    hard: list[Name] = []
    late: Share = 0.25
    sticky: Duration = 0.0
    transfer: Duration = 60.0
    review: Name | None = None
    hosts: HostsSection = HostsSection()
    park: Duration = 7 * 86_400.0
    pull: PullSection | None = None
    shifts: ShiftsSection = ShiftsSection()
    new_hires: NewHiresSection = NewHiresSection()
    unanswered: UnansweredSection = UnansweredSection()
    waiting: WaitingSection = WaitingSection()
    page: PageSection = PageSection()
    clocks: dict[Name, ClockSection] = {}
    reserves: list[ReserveSection] = []
    hours: Opening = "always"
    holidays: Holidays = []
    notices: NoticesSection = NoticesSection()
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
    tiers: Tiers = ["standard"]
    priorities: Annotated[dict[int, Factor], Field(min_length=1)]
    priority: Annotated[int, Field(strict=True)]
    urgent: Annotated[int, Field(strict=True)]
    accounts: Annotated[list[AccountSection], Field(min_length=1)]
    desks: Annotated[dict[Name, DeskSection], Field(min_length=1)]

    def factors(self) -> dict[str, float]:
        """On the targets that do not name the tier, by tier."""
        tiers = self.tiers if isinstance(self.tiers, dict) else {}
        return {name: tier.factor for name, tier in tiers.items()}
