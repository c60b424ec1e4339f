"""Recorded turns under rules that may be others: what would have been dealt.

What customers did, and who was there, is as recorded. What an agent did with an offer holds where
the rules make the same offer (the ticket, to that agent, in that turn); of an offer that nobody was
made, see stand_ins.py. What an agent did with one that is not made now is passed over.
"""

import math
from collections.abc import Iterable
from typing import Final, get_args

from services.router.dealer.book import Answers, Book
from services.router.dealer.limits import DealerLimits
from services.router.dealer.overtaken import Stored, before
from services.router.dealer.turn import understand
from services.router.domain.effects import AgentStepped, Effect, TicketLeft, TicketStepped
from services.router.domain.events import DeskEvent, TicketAct, TicketEvent
from services.router.domain.ticket import IN_HAND
from services.router.ports import StoredAgent, StoredTicket
from services.router.replay.account import Account
from services.router.replay.handling import Handling
from services.router.replay.memory import Memory
from services.router.replay.recorded import Deal, RecordedTurn
from services.router.replay.shard import Rulings
from services.router.replay.stand_ins import StandIns, resolve
from shared.contracts.turn_recorded_v1 import TurnRecorded

_EFFECTS: Final = DealerLimits().turn_effects
_ACTS: Final = get_args(TicketAct)


class Rehearsal:
    """One shard. account: how its tickets fare. memory: what there is at the beginning, if
    anything; it is changed."""

    def __init__(
        self,
        shard: int,
        *,
        partitions: int,
        rulings: Rulings,
        handling: Handling,
        memory: Memory | None = None,
    ) -> None:
        self.account = Account()
        self._shard = shard
        self._partitions = partitions
        self._rulings = rulings
        self._memory = memory or Memory()
        self._stand_ins = StandIns(handling)
        self._book: Book | None = None
        self._epoch = 0
        self._now = 0.0
        self._offers = self._memory.offers()
        for ticket in self._memory.waiting():
            self.account.begin(ticket)
        self._recorded: dict[tuple[str, str], int] = {}
        self._dealt: list[Deal] = []

    def play(self, turn: RecordedTurn, *, awake_until: float = 0.0) -> tuple[Deal, ...]:
        """What is dealt from the turn before to the end of this one. Raises Unplayable.

        awake_until: until then (epoch seconds) the dealer had nothing due by its own rules, and
        would have made turns by these; after that it was asleep or behind, or there were turns.
        """
        self._dealt, self._recorded = [], {}
        book = self._prepared(turn.told, awake_until)
        self._recorded = {(deal.ticket, deal.agent): deal.assignment for deal in turn.deals()}
        self._now = turn.now
        self._tell(book, turn)
        self._let_finish(book)
        if turn.told.work != "none":
            self._tick(book, expire=turn.told.work != "deals")
        self.account.now = self._now
        return tuple(self._dealt)

    def next_wakeup(self) -> float:
        """When the earliest timer is due, epoch seconds; infinite: none runs."""
        wakeup = None if self._book is None else self._book.next_wakeup()
        return math.inf if wakeup is None else wakeup

    def _prepared(self, told: TurnRecorded, awake_until: float) -> Book:
        """The desks up to just before the turn."""
        book, now = self._book, told.now.timestamp()
        if book is None or told.loaded_at is not None or told.epoch != self._epoch:
            return self._load(told)
        self._follow(book, told.policy)
        if told.offers_from is not None:
            book.restart_offers(now=told.offers_from.timestamp())
        self._pass_time(book, min(awake_until, now))
        for quiet in told.quiet or ():
            self._now = max(self._now, quiet.at.timestamp())
            self._tick(book, expire=quiet.timers)
        return book

    def _load(self, told: TurnRecorded) -> Book:
        ruling = self._rulings(told.policy)
        book = Book(ruling.desks(self._shard, self._partitions), policy=ruling.version)
        self._book, self._epoch = book, told.epoch
        self._now = (told.loaded_at or told.now).timestamp()
        self._take(book, self._memory.load(book, now=self._now))
        return book

    def _follow(self, book: Book, version: int) -> None:
        ruling = self._rulings(version)
        if ruling.version != book.policy:
            rules = ruling.desks(self._shard, self._partitions)
            book.change_rules(rules, policy=ruling.version)

    def _pass_time(self, book: Book, until: float) -> None:
        """What these rules, or stand-ins, have to do while nothing was recorded."""
        while (at := self._next(book)) is not None and self._now < at < until:
            self._now = at
            self._let_finish(book)
            self._tick(book, expire=True)

    def _next(self, book: Book) -> float | None:
        times = (book.next_wakeup(), self._stand_ins.next())
        return min((at for at in times if at is not None), default=None)

    def _tell(self, book: Book, turn: RecordedTurn) -> None:
        if turn.told.set_aside:
            return
        opened, overtaken = turn.opened(), turn.overtaken()
        for each in understand(turn.records):
            if each.told is None:
                continue
            event: DeskEvent | None = each.told.event
            if isinstance(event, TicketEvent):
                self._announce(book, event, opened, overtaken)
                continue
            if isinstance(event, _ACTS):
                event = self._mapped(event)
            if event is not None and each.told.desk in book.desks():
                desk = book.desk(each.told.desk)
                self._take(book, [(each.told.desk, desk.apply(event, now=self._now))])
        found = [each for each in opened.values() if book.home_of(each.ticket.id) is None]
        self._adopt(book, found)

    def _announce(
        self, book: Book, event: TicketEvent, opened: dict[str, StoredTicket], overtaken: Stored
    ) -> None:
        if book.home_of(event.ticket) is None:
            stored = opened | self._memory.fetch([event.ticket])
            self._adopt(book, [stored[event.ticket]] if event.ticket in stored else [])
        home = book.home_of(event.ticket)
        if home is not None:
            desk = book.desk(home)
            for entry in before(event, desk.ticket(event.ticket), overtaken):
                self._take(book, [(home, desk.apply(entry, now=self._now))])
            self._take(book, [(home, desk.apply(event, now=self._now))])

    def _adopt(self, book: Book, stored: Iterable[StoredTicket]) -> None:
        mine = [each for each in stored if each.desk in book.desks()]
        self._take(book, book.adopt_tickets(mine, now=self._now))

    def _mapped(self, act: TicketAct) -> TicketAct | None:
        """What an agent did, about the same offer here; None where that was not made."""
        offer = self._offers.get((act.ticket, act.assignment))
        return None if offer is None else act._replace(assignment=offer)

    def _let_finish(self, book: Book) -> None:
        while (held := self._stand_ins.pop_done(self._now)) is not None:
            ticket = book.desk(held.desk).ticket(held.ticket) if held.desk in book.desks() else None
            if ticket is not None:
                act = resolve(held, ticket)
                answers = book.desk(held.desk).apply(act, now=self._now)
                self._take(book, [(held.desk, answers)])

    def _tick(self, book: Book, *, expire: bool) -> None:
        self._take(book, book.tick(now=self._now, limit=_EFFECTS, expire=expire))

    def _take(self, book: Book, answers: Answers) -> None:
        for desk, effects in answers:
            self._keep(desk, effects)
            for effect in effects:
                if isinstance(effect, TicketStepped):
                    self.account.note(effect)
                    self._respond(book, desk, effect)

    def _respond(self, book: Book, desk: str, step: TicketStepped) -> None:
        """What whoever has the ticket does at once."""
        ticket, agent = step.ticket, step.agent
        acts: Iterable[TicketAct] = ()
        if step.on == "dealt" and agent is not None:
            offer = step.assignment or 0
            self._dealt.append(Deal(ticket.id, agent, offer))
            recorded = self._recorded.get((ticket.id, agent))
            if recorded is None:
                acts = self._stand_ins.take(desk, ticket, now=self._now)
            else:
                self._offers[ticket.id, recorded] = offer
        elif step.on == "entry_added" and ticket.state in IN_HAND:
            acts = self._stand_ins.answer(ticket)
        for act in acts:
            self._take(book, [(desk, book.desk(desk).apply(act, now=self._now))])

    def _keep(self, desk: str, effects: Iterable[Effect]) -> None:
        """As a commit does."""
        tickets = {
            each.ticket.id: each.ticket for each in effects if isinstance(each, TicketStepped)
        }
        agents = {each.agent.id: each.agent for each in effects if isinstance(each, AgentStepped)}
        for ticket in tickets.values():
            ticket.version += 1
        self._memory.keep_tickets(StoredTicket(desk, each) for each in tickets.values())
        self._memory.keep_agents(StoredAgent(desk, each) for each in agents.values())
        for each in effects:
            if isinstance(each, TicketLeft):
                self._memory.forget(each.ticket.id)
