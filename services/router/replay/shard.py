"""One shard's turns done again, by the dealer's own code."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from services.router.dealer.book import Book
from services.router.dealer.limits import DealerLimits
from services.router.dealer.outbox import Outbox
from services.router.dealer.setting import Ruling
from services.router.dealer.turn import Turn, Understood, announced, understand
from services.router.ports import ShardState, StoredTicket
from services.router.replay.memory import Memory
from services.router.replay.recorded import Deal, RecordedTurn
from shared.contracts.turn_recorded_v1 import TurnRecorded

_ENDLESS = 2**62

Rulings = Callable[[int], Ruling]
"""A version of the policy by its number. Raises Unplayable where it is not known."""


class ShardReplay:
    """Begins with nothing, or with what `memory` holds. limits: those of the dealer."""

    def __init__(
        self,
        shard: int,
        *,
        partitions: int,
        rulings: Rulings,
        limits: DealerLimits | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._rulings = rulings
        # how much went into a turn is recorded, and a dump has shorter texts
        self._limits = replace(limits or DealerLimits(), turn_bytes=_ENDLESS)
        self._memory = memory or Memory()
        self._loaded_at = 0.0
        self._book: Book | None = None
        self._state = ShardState(
            shard=shard,
            epoch=0,
            seq=0,
            now=0.0,
            policy=0,
            partitions=partitions,
            offsets={},
            marks={},
        )

    def again(self, recorded: RecordedTurn) -> tuple[Deal, ...]:
        """Do what the turn did; whom it dealt what. Raises Unplayable."""
        told = recorded.told
        book = self._prepared(told)
        batch = understand(recorded.records)
        opened = recorded.opened()
        turn = self._turn(recorded, book, batch, opened)
        found = [each for each in _found(batch, opened) if book.home_of(each.ticket.id) is None]
        turn.take(book.adopt_tickets(found, now=self._loaded_at))
        if told.set_aside:
            turn.give_up(recorded.records[0], "set aside")
        else:
            turn.apply(batch)
        if told.work != "none":
            turn.tick(expire=told.work != "deals")
        write = turn.write()
        self._memory.write(write.tickets, write.agents)
        self._state = replace(write.state, outbox=())
        return _deals(turn.outbox)

    def _prepared(self, told: TurnRecorded) -> Book:
        """The desks as they were when the turn began."""
        book = self._book
        if book is None or told.loaded_at is not None or told.epoch != self._state.epoch:
            book = self._load(told)
        if told.offers_from is not None:
            book.restart_offers(now=told.offers_from.timestamp())
        for quiet in told.quiet or ():
            self._follow(book, quiet.policy)
            book.tick(
                now=quiet.at.timestamp(), limit=self._limits.turn_effects, expire=quiet.timers
            )
        self._follow(book, told.policy)
        self._book = book
        return book

    def _load(self, told: TurnRecorded) -> Book:
        ruling = self._rulings(told.policy)
        book = Book(ruling.desks(told.shard, self._state.partitions), policy=ruling.version)
        self._loaded_at = (told.loaded_at or told.now).timestamp()
        self._memory.load(book, now=self._loaded_at)
        self._state = replace(self._state, epoch=told.epoch)
        return book

    def _follow(self, book: Book, version: int) -> None:
        if version != book.policy:
            ruling = self._rulings(version)
            rules = ruling.desks(self._state.shard, self._state.partitions)
            book.change_rules(rules, policy=version)

    def _turn(
        self,
        recorded: RecordedTurn,
        book: Book,
        batch: Sequence[Understood],
        opened: dict[str, StoredTicket],
    ) -> Turn:
        told = recorded.told
        unknown = book.unknown(announced(batch))
        return Turn(
            state=replace(self._state, seq=told.seq - 1),
            now=told.now.timestamp(),
            book=book,
            policy=told.policy,
            limits=self._limits,
            fetched=opened | self._memory.fetch(unknown),
            stored=recorded.overtaken(),
        )


def _found(batch: Sequence[Understood], opened: dict[str, StoredTicket]) -> list[StoredTicket]:
    """Tickets that nobody announced: a load found them."""
    told = {event.ticket for event in announced(batch)}
    return [each for ticket, each in opened.items() if ticket not in told]


def _deals(outbox: Outbox) -> tuple[Deal, ...]:
    dealt = [
        (place, Deal(step.ticket.id, step.agent or "", step.assignment or 0))
        for place, step in outbox.placed_steps()
        if step.on == "dealt"
    ]
    return tuple(deal for _, deal in sorted(dealt))
