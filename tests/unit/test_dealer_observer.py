"""What operators see of a dealer: labels with few values, no stale figures."""

from services.router.dealer.gauges import DepthGauges
from services.router.dealer.observer import Observer
from services.router.domain.clocks import Clock
from shared.contracts.agent_profile_changed_v1 import AgentProfileChanged
from shared.contracts.decline_ticket_v1 import DeclineTicket
from shared.contracts.reply_to_ticket_v1 import ReplyToTicket
from shared.contracts.ticket_changed_v1 import TicketChanged
from shared.runtime.metrics import Metrics
from tests.fakes.feed import AGENTS, TICKETS
from tests.unit.dealer_driver import RULES, World, ticket_doc
from tests.unit.desk_driver import NOON

LAG = "croupier_consumer_lag_records"


def lag(metrics: Metrics, topic: str, partition: int, *, group: str = "dealer") -> float | None:
    labels = {"group": group, "topic": topic, "partition": str(partition)}
    return metrics.registry.get_sample_value(LAG, labels)


def test_the_lag_of_a_partition_that_went_elsewhere_is_not_told_any_more() -> None:
    metrics = Metrics()
    observer = Observer(metrics)
    observer.lag({(TICKETS, 0): 5, (AGENTS, 0): 0, (TICKETS, 1): 2})
    observer.lag({(TICKETS, 1): 3})

    assert lag(metrics, TICKETS, 0) is None
    assert lag(metrics, AGENTS, 0) is None
    assert lag(metrics, TICKETS, 1) == 3


async def test_each_offer_is_counted_by_what_became_of_it() -> None:
    world = World()
    world.store.insert([ticket_doc("t1")])
    world.staff("anna")
    async with world.worker() as running:
        await running.settle()
        world.tell(DeclineTicket(desk="main", agent="anna", ticket="t1", assignment=1))
        await running.settle()
        await running.wait(RULES.offer_seconds + 1)
        world.accept("t1", "anna", assignment=3)
        await running.settle()

    outcomes = {
        outcome: world.count("croupier_offers_total", desk="main", outcome=outcome)
        for outcome in ("accepted", "declined", "offer_expired")
    }
    assert outcomes == {"accepted": 1, "declined": 1, "offer_expired": 1}
    assert world.count("croupier_waited_seconds_count", desk="main", queue="payments") == 3


async def test_a_dead_letters_reason_is_a_word_without_numbers_or_values() -> None:
    world = World()
    channels = ("web",) * 12 + ("No Slug",)
    profile = AgentProfileChanged.model_construct(
        desk="main", agent="anna", name="", skills={}, channels=channels, capacity=1.0, active=True
    )
    async with world.worker() as running:
        world.tell(profile)
        await running.settle()

    reasons = {
        sample.labels["reason"]
        for metric in world.metrics.registry.collect()
        for sample in metric.samples
        if sample.name == "croupier_dead_letters_total"
    }
    assert reasons == {"data.channels.*"}


async def test_take_overs_and_commits_are_counted() -> None:
    world = World()
    async with world.worker() as running:
        world.hire("anna")
        await running.settle()

    assert world.count("croupier_takeovers_total") == 1
    assert world.count("croupier_dealer_commit_seconds_count") == 1
    assert world.count("croupier_dealer_batch_records_sum") == 1


async def test_each_answer_counts_as_the_first_or_a_later_one_in_time_or_late() -> None:
    world = World()
    world.store.insert([ticket_doc("t1")])
    world.staff("anna")
    reply = ReplyToTicket(desk="main", agent="anna", ticket="t1", assignment=1, text="done")
    async with world.worker() as running:
        await running.settle()
        world.accept("t1", "anna")
        world.tell(reply)
        world.wrote("t1")
        await running.settle()
        await running.wait(601)
        world.tell(reply)
        world.tell(reply)
        await running.settle()

    about = {"desk": "main", "queue": "payments"}
    assert world.count("croupier_replies_total", **about, which="first", outcome="in_time") == 1
    assert world.count("croupier_replies_total", **about, which="next", outcome="late") == 1
    assert world.count("croupier_replies_total", **about, which="next", outcome="in_time") == 0


async def test_what_customers_thought_is_counted_by_how_good_it_was() -> None:
    world = World()
    world.store.insert([ticket_doc("t1", state="resolved", until=NOON + 600)])
    async with world.worker() as running:
        await running.settle()
        world.wrote("t1", rating=4, reopens=False)
        await running.settle()

    about = {"desk": "main", "queue": "payments", "channel": "web"}
    assert world.count("croupier_ratings_total", **about, score="4") == 1
    [step] = [
        step
        for change in world.said(TicketChanged)
        for step in change.data.steps
        if step.on == "rated"
    ]
    assert step.score == 4


async def test_clocks_are_counted_by_what_became_of_them() -> None:
    world = World()
    over, met = Clock("law", NOON + 100, NOON + 50, statutory=True), Clock("law", NOON + 1e9)
    world.store.insert([ticket_doc("t1", clocks=[over._asdict()])])
    world.store.insert(
        [ticket_doc("t2", clocks=[met._asdict()], state="resolved", until=NOON + 30)]
    )
    async with world.worker() as running:
        await running.wait(60)
        await running.wait(60)

    outcomes = {
        outcome: world.count("croupier_clocks_total", desk="main", clock="law", outcome=outcome)
        for outcome in ("warned", "missed", "met")
    }
    assert outcomes == {"warned": 1, "missed": 1, "met": 1}
    paged = {"desk": "main", "queue": "payments"}
    for reason in ("clock_warned", "clock_missed"):
        assert world.count("croupier_on_call_pages_total", **paged, reason=reason) == 1


async def test_what_waits_is_told_by_whoever_owns_it() -> None:
    world = World()
    world.store.insert([ticket_doc("t1"), ticket_doc("t2", queued_at=NOON - 60)])
    waiting = {"desk": "main", "queue": "payments"}
    async with world.supervisor() as (supervisor, _):
        gauges = DepthGauges(supervisor=supervisor, counters=world.metrics, clock=world.clock)
        gauges.refresh()
        assert world.count("croupier_tickets", **waiting, state="queued") == 2
        assert world.count("croupier_waiting_age_max_seconds", **waiting) == 60
        assert world.count("croupier_overloaded_agents", desk="main") == 0

        await supervisor.on_revoked([0])
        gauges.refresh()
    assert (
        world.metrics.registry.get_sample_value("croupier_waiting_age_max_seconds", waiting) is None
    )
