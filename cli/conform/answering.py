"""The part that needs an agent: an answer, its headers, and what became of it."""

import asyncio
from typing import Any, Final

import jwt
import orjson
from aiokafka import AIOKafkaProducer

from cli.agent_client import AgentClient, TurnedAway
from cli.agent_commands import Rejected
from cli.agent_desk import Card, Message
from cli.conform.customer import CARD, CHANNEL, DELIVERY, PRODUCER, TEXT, Customer, envelope, now
from cli.conform.ear import Heard
from cli.conform.play import Play
from shared.messaging.topics import topic

REPLIES: Final = "support.replies.v1"
_QUIET_SECONDS: Final = 2.0
_ANSWER: Final = "This is a test by croupier conform."
_CHECKS: Final = (
    "a reply comes with the headers channel and account, under the customer's key",
    "an agent reads card numbers masked",
    "a delivery report is accepted",
    "a rating counts for the resolved ticket",
)
_WHO: Final = (
    "is the agent on a desk's roster, with the channel conform and what the queue needs, and not"
    " connected elsewhere?"
)


async def answering(play: Play, *, sockets: str | None, token: str | None) -> None:
    """Skipped without a token. The agent is ready for the channel `conform` alone."""
    if token is None or sockets is None:
        says = "give --agent-token and --sockets, of an agent with the channel conform"
        for check in _CHECKS:
            play.verdicts.skipped(check, says)
        return
    agent = jwt.decode(token, options={"verify_signature": False}).get("sub", "")
    hears = _Pages()
    try:
        async with (
            asyncio.timeout(4 * play.within),
            AgentClient(
                url=sockets, agent=str(agent), token=lambda: token, on_message=hears.hear
            ) as client,
        ):
            await client.up_to_date()
            hears.awaited = "to be ready"
            await client.commands.carry_out("set_state", state="ready", channels=[CHANNEL])
            try:
                await _Scene(play, client, hears).play()
            finally:
                await client.commands.carry_out("set_state", state="offline")
    except (TurnedAway, Rejected, TimeoutError) as error:
        told = {each.check for each in play.verdicts.all}
        says = f"{agent}: {str(error) or f'waited in vain {hears.awaited}'}: {_WHO}"
        for check in _CHECKS:
            if check not in told:
                play.verdicts.failed(check, says)


class _Pages:
    """Of conversations, as they are told. awaited: what the scene waits for."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[Message] = asyncio.Queue()
        self.awaited = "to be connected"

    def hear(self, message: Message) -> None:
        if message["type"] == "conversation":
            self.told.put_nowait(message)


class _Scene:
    def __init__(self, play: Play, client: AgentClient, pages: _Pages) -> None:
        self._play: Final = play
        self._client: Final = client
        self._pages: Final = pages

    async def play(self) -> None:
        customer = self._play.customer("answered")
        await customer.says("m1", text=f"{TEXT} {CARD}", lang_hint="en")
        card = await self._card(customer, "offered")
        await self._do("accept", card)
        card = await self._card(customer, "accepted")
        self._pages.awaited = "for the conversation"
        self._client.ask(card["ticket"])
        self._read((await self._pages.told.get())["entries"])
        await self._do("reply", card, text=_ANSWER, seen=card["last_message"])
        reply = await self._reply(customer)
        await self._do("resolve", card, seen=card["last_message"])
        await self._do("finish_wrap_up", await self._card(customer, "wrap_up"))
        await customer.says("r1", "CustomerRated", score=5)
        rated = await self._play.step(card["ticket"], "rated")
        missing = "no step rated came in time"
        self._play.verdicts.of(_CHECKS[3], None if rated else missing)
        if reply is not None:
            await self._report(customer, reply)

    async def _do(self, do: str, card: Card, **fields: Any) -> None:
        about = {"ticket": card["ticket"], "assignment": card["assignment"]}
        self._pages.awaited = f"for the answer to {do}"
        await self._client.commands.carry_out(do, **about, **fields)

    async def _card(self, customer: Customer, state: str) -> Card:
        """That of our customer; others are left alone: they are not of our channel."""
        self._pages.awaited = f"for the ticket to be {state}"
        while True:
            for card in self._client.desk.cards.values():
                if card["last_message"] == customer.entry("m1") and card["state"] == state:
                    return card
            await asyncio.sleep(0.05)

    def _read(self, entries: list[dict[str, Any]]) -> None:
        text = " ".join(str(each.get("text")) for each in entries)
        masked = CARD not in text and "[card …1111]" in text
        self._play.verdicts.of(_CHECKS[1], None if masked else "the card's number is shown")

    async def _reply(self, customer: Customer) -> dict[str, Any] | None:
        def ours(heard: Heard) -> bool:
            return heard.topic == REPLIES and heard.data.get("sender") == customer.sender

        def by_agent(heard: Heard) -> bool:
            return ours(heard) and heard.data.get("by") == "agent"

        heard = await self._play.ear.first(by_agent, within=self._play.within)
        if heard is None:
            self._play.verdicts.failed(_CHECKS[0], f"no reply came on {REPLIES}")
            return None
        headers, wanted = heard.headers, {"channel": CHANNEL, "account": self._play.account}
        wrong = None
        if not wanted.items() <= headers.items():
            wrong = f"its headers are {sorted(headers)}"
        elif heard.record.key != customer.key.encode():
            wrong = "its key is not the customer's"
        elif heard.data.get("text") != _ANSWER:
            wrong = "its text is not what the agent wrote"
        elif heard.data.get("in_reply_to") != customer.entry("m1"):
            wrong = "in_reply_to does not name the customer's message"
        self._play.verdicts.of(_CHECKS[0], wrong)
        return heard.data

    async def _report(self, customer: Customer, reply: dict[str, Any]) -> None:
        """Nobody answers a report; what is refused becomes a dead letter."""
        producer: AIOKafkaProducer = self._play.producer
        said = {
            "reply": reply["reply"],
            "channel": CHANNEL,
            "account": self._play.account,
            "sender": customer.sender,
            "status": "delivered",
            "at": now(),
        }
        event = envelope(f"{reply['reply']}:delivered", "DeliveryReported", said)
        await producer.send_and_wait(
            topic(DELIVERY, self._play.prefix),
            orjson.dumps(event),
            key=customer.key.encode(),
            headers=[PRODUCER],
        )

        def refused(heard: Heard) -> bool:
            dead = heard.topic.startswith(DELIVERY) and heard.topic.endswith(".dlq")
            return dead and heard.record.key == customer.key.encode()

        letter = await self._play.ear.first(refused, within=_QUIET_SECONDS)
        says = None if letter is None else f"dead letter: {letter.headers.get('reason')}"
        self._play.verdicts.of(_CHECKS[2], says)
