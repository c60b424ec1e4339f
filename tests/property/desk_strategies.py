"""What a desk of the state machine may be like, and what may come to it."""

from hypothesis import strategies as st

from services.router.domain.picks import PickLimit
from services.router.domain.protection import Protection
from services.router.domain.requirement import Need, Requirement, Stage
from services.router.domain.reserve import Reserve
from services.router.domain.rules import DeskRules
from services.router.domain.shifts import Guards
from services.router.domain.ticket import TicketState
from tests.property.desk_climbs import LADDERS
from tests.property.desk_oracle import NEW_SHARE, WAITING_SHARE

MANY = 1_000
NOON = 1_790_000_000.0
WARN_SECONDS = 20.0
READ = ("message", "edit", "transcript")
IN_THE_DESK_S_HANDS = {
    TicketState.ACCEPTED,
    TicketState.WAITING_CUSTOMER,
    TicketState.WRAP_UP,
    TicketState.PARKED,
}
UNTAKEN = {TicketState.QUEUED, TicketState.OFFERED}
AGENTS = tuple(f"a{i}" for i in range(5))
RESERVES = (
    Reserve("lithuanian", slots=1, skill="lang.lt"),
    Reserve("vip", slots=2, tier="vip", among=(Need("topic.bonus"),)),
    Reserve("anybody", slots=1, tier="vip"),
)
PROTECTED = {"phone": Protection(25.0, {"en": "Soon."}, "en")}
rules = st.builds(
    DeskRules,
    desk=st.just("main"),
    version=st.just(1),
    silence_seconds=st.just(1e9),
    reopen_seconds=st.just(300.0),
    auto_accept=st.just(frozenset({"sms"})),
    interruptible=st.sampled_from(
        (frozenset[str](), frozenset[str](), frozenset({"email"}), frozenset({"email", "sms"}))
    ),
    late_share=st.sampled_from((None, None, 0.25, 0.5, 1.0)),
    reserves=st.sampled_from(((), RESERVES[:1], RESERVES[2:], RESERVES[:2], RESERVES)),
    sticky_seconds=st.sampled_from((0.0, 0.0, 15.0)),
    waiting_share=st.just(WAITING_SHARE),
    new_hire_share=st.just(NEW_SHARE),
    customer_nudge_seconds=st.sampled_from((0.0, 10.0)),
    customer_silence_seconds=st.sampled_from((0.0, 40.0)),
    agent_nudge_seconds=st.sampled_from((0.0, 10.0)),
    agent_lead_seconds=st.sampled_from((0.0, 25.0)),
    agent_silence_seconds=st.sampled_from((0.0, 40.0)),
    park_seconds_max=st.just(60.0),
    transfer_seconds=st.sampled_from((0.0, 15.0, 15.0)),
    pull=st.sampled_from((None, PickLimit(1, 30.0), PickLimit(2, 30.0))),
    guards=st.sampled_from((Guards(10.0), Guards(20.0, {"phone": 0.0}))),
    protected=st.just(PROTECTED),
    queues=st.just(frozenset({"q", "spare"})),
    escalations=st.sampled_from(LADDERS),
)
CHANNELS = ("web", "email", "sms")

skills = st.dictionaries(
    st.sampled_from(("lang.ru", "lang.lt", "topic.bonus", "lang.en", "licence")),
    st.integers(1, 3),
    min_size=1,
)
channel_sets = st.frozensets(st.sampled_from(CHANNELS), min_size=1)
needs = st.lists(
    st.builds(
        Need,
        skill=st.sampled_from(("lang.ru", "lang.lt", "topic.bonus")),
        level=st.integers(1, 2),
        hard=st.booleans(),
    ),
    max_size=2,
    unique_by=lambda need: need.skill,
).map(lambda listed: tuple(sorted(listed)))
ways = st.lists(
    st.lists(
        st.builds(Need, st.sampled_from(("lang.en", "licence")), st.integers(1, 3)), max_size=2
    ).map(tuple),
    min_size=1,
    max_size=2,
).map(tuple)
stages = st.one_of(
    st.just(()),
    st.tuples(
        st.builds(Stage, st.just(0.0), ways),
        st.builds(Stage, st.sampled_from((10.0, 10.5)), ways),
        st.builds(Stage, st.sampled_from((20.0, 70.0)), ways),
    ),
)
requirements = st.builds(
    Requirement,
    queue=st.sampled_from(("q", "q", "phone")),
    channel=st.sampled_from(CHANNELS),
    needs=needs,
    weight=st.sampled_from((0.3, 0.5, 1.0)),
    stages=stages,
)
agents = st.sampled_from(AGENTS)
hosts = st.one_of(
    st.just(()),
    st.lists(
        st.tuples(agents, st.sampled_from((0.0, 10.0, 30.0))),
        max_size=2,
        unique_by=lambda host: host[0],
    ).map(tuple),
)
plans = st.one_of(
    st.none(),
    st.lists(
        st.tuples(st.sampled_from((-5.0, 0.0, 10.0, 40.0)), st.sampled_from((15.0, 60.0))),
        max_size=2,
    ).map(tuple),
)
laws = st.sampled_from((0.0, 0.0, 35.0, 90.0))
choices = st.integers(0, 1_000)
kinds = st.sampled_from(("message", "message", "message", "edit", "delete", "left"))
verbs = st.sampled_from(("accept", "accept", "decline", "reply", "ask back", "resolve", "finish"))
handings = st.sampled_from((5.0, 15.0, 90.0)) | agents | agents | st.sampled_from(("#q", "#spare"))
