"""A store of deliveries in memory, and providers that answer as they are told."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from services.ingest.courier.delivery import Delivery, State
from services.ingest.courier.ports import NoAnswer
from services.ingest.courier.receipts import Said, matched, messages_of
from services.ingest.courier.sender import Call, Reply, Request
from shared.store.errors import Transient, UnknownOutcome


@dataclass
class FakeDeliveries:
    """by_id: as they are stored. fail: how many of the next calls raise Transient; lose: how many
    are carried out, but not answered."""

    by_id: dict[str, Delivery] = field(default_factory=dict)
    said: dict[str, Said] = field(default_factory=dict)
    fail: int = 0
    lose: int = 0

    async def take_in(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        self._before()
        for each in deliveries:
            self.by_id.setdefault(each.reply, each)
        self._after()
        ids = [each.reply for each in deliveries]
        return self._open(self.by_id[name] for name in dict.fromkeys(ids))

    async def unfinished(self, partitions: Collection[int]) -> list[Delivery]:
        self._before()
        return self._open(each for each in self.by_id.values() if each.partition in partitions)

    async def begin(self, delivery: Delivery) -> bool:
        stored = self.by_id[delivery.reply]
        before = (stored.state, stored.part, stored.attempt)
        return self._write(
            delivery, may=before == (State.PENDING, delivery.part, delivery.attempt - 1)
        )

    async def settle(self, delivery: Delivery) -> bool:
        stored = self.by_id[delivery.reply]
        return self._write(
            delivery, may=(stored.state, stored.since) == (State.SENDING, delivery.since)
        )

    async def told(self, reply: str) -> None:
        self._before()
        self.by_id[reply] = replace(self.by_id[reply], reported=True, text="", subject="")
        self._after()

    async def said_of(self, deliveries: Sequence[Delivery]) -> Mapping[str, Sequence[Said]]:
        self._before()
        return {each.reply: list(self._about(each)) for each in deliveries}

    async def note(self, statuses: Sequence[Said], *, now: float) -> Collection[str]:
        self._before()
        for each in statuses:
            known = self.said.get(each.message)
            if known is None or known.rank < each.rank:
                reply = each.reply if known is None else known.reply
                self.said[each.message] = each._replace(reply=reply)
        self._after()
        return {
            each.message
            for each in statuses
            if (self.said[each.message].rank, self.said[each.message].mark)
            == (each.rank, each.mark)
        }

    async def sent_as(self, statuses: Sequence[Said]) -> Mapping[str, Delivery]:
        self._before()
        return matched(statuses, self.by_id.values())

    def _about(self, delivery: Delivery) -> Iterable[Said]:
        ours = messages_of(delivery)
        return (
            each
            for each in self.said.values()
            if each.reply == delivery.reply or each.message in ours
        )

    def _write(self, delivery: Delivery, *, may: bool) -> bool:
        self._before()
        done = may or self.by_id[delivery.reply] == delivery
        if done:
            self.by_id[delivery.reply] = delivery
        self._after()
        return done

    def _open(self, deliveries: Iterable[Delivery]) -> list[Delivery]:
        found = (each for each in deliveries if not each.reported)
        return sorted(found, key=lambda each: each.offset)

    def _before(self) -> None:
        if self.fail:
            self.fail -= 1
            raise Transient("told to fail")

    def _after(self) -> None:
        if self.lose:
            self.lose -= 1
            raise UnknownOutcome("told to lose the answer")


@dataclass
class FakeProviders:
    """Answers in turn with what is in `answers`, then always with success. calls: what came."""

    answers: deque[Reply | NoAnswer] = field(default_factory=deque)
    calls: list[Call] = field(default_factory=list)

    async def call(self, request: Request, /) -> Reply:
        assert isinstance(request, Call)
        self.calls.append(request)
        answer = self.answers.popleft() if self.answers else telegram_ok(len(self.calls))
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    @property
    def texts(self) -> list[str]:
        return [orjson.loads(call.body)["text"] for call in self.calls]


def telegram_ok(message: int = 1) -> Reply:
    return Reply(200, {}, orjson.dumps({"ok": True, "result": {"message_id": message}}))


def telegram_error(status: int, description: str = "", **parameters: int) -> Reply:
    body = {"ok": False, "error_code": status, "description": description}
    return Reply(
        status, {}, orjson.dumps(body | ({"parameters": parameters} if parameters else {}))
    )
