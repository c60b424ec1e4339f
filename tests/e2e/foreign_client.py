"""A stranger's programs: a channel and an agent, written from docs/contracts.md and
docs/protocol.md alone. Nothing of the project is imported; the test beside it checks that.
"""

import json
import math
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import TracebackType
from typing import Any, Final, Self

import jwt
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from websockets.asyncio.client import ClientConnection, connect

Message = dict[str, Any]


class Channel:
    """One account of a channel: says what its customers wrote, hears the replies to them.

    prefix: put before the topics' names, on a broker that several installations share.
    """

    def __init__(self, *, kafka: str, channel: str, account: str, prefix: str = "") -> None:
        self._channel: Final = channel
        self._account: Final = account
        self._prefix: Final = prefix
        self._producer: Final = AIOKafkaProducer(
            bootstrap_servers=kafka, acks="all", enable_idempotence=True
        )
        self._replies: Final = AIOKafkaConsumer(
            f"{prefix}support.replies.v1",
            bootstrap_servers=kafka,
            group_id=f"{channel}-{account}",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )

    async def __aenter__(self) -> Self:
        await self._producer.start()
        await self._replies.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._replies.stop()
        await self._producer.stop()

    async def wrote(self, sender: str, message_id: str, text: str) -> str:
        """A customer's message, once the broker has it; its id as agents see it."""
        event = f"{self._channel}:{self._account}:{message_id}"
        data = {"message_id": message_id, "sent_at": _now(), "text": text}
        await self._publish("support.inbound.v1", event, "MessageReceived", sender, data)
        return event

    async def next_reply(self) -> Message:
        """The next reply to this account; those to others are passed over unread."""
        mine = {"channel": self._channel.encode(), "account": self._account.encode()}
        async for record in self._replies:
            if mine.items() <= dict(record.headers).items():
                return dict(json.loads(record.value)["data"])
        raise ConnectionError("the replies ended")

    async def delivered(self, reply: Message) -> None:
        """Say that the customer has it; only then is the reply done."""
        data = {"reply": reply["reply"], "status": "delivered", "at": _now()}
        event = f"{reply['reply']}:delivered"
        await self._publish("support.delivery.v1", event, "DeliveryReported", reply["sender"], data)
        await self._replies.commit()

    async def _publish(self, topic: str, event: str, kind: str, sender: str, data: Message) -> None:
        whose = {"channel": self._channel, "account": self._account, "sender": sender}
        envelope = {"id": event, "type": kind, "version": 1, "at": _now(), "data": whose | data}
        key = ":".join(whose.values()).encode()
        value = json.dumps(envelope).encode()
        await self._producer.send_and_wait(f"{self._prefix}{topic}", value, key=key)


class Rejected(Exception):
    """A command was not carried out; the text is the reason."""


class Agent:
    """An agent's client that listens only while it is asked something."""

    def __init__(self, *, url: str, agent: str, secret: bytes) -> None:
        self.cards: dict[str, Message] = {}
        self.state = ""
        self._url: Final = url
        self._agent: Final = agent
        self._secret: Final = secret
        self._socket: ClientConnection
        self._shard = -1
        self._highest: tuple[int, float] = (-1, 0)

    async def __aenter__(self) -> Self:
        self._socket = await connect(self._url, compression=None)
        await self._say(type="hello", token=self._token())
        await self.hears("snapshot")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._socket.close()

    async def card(self, wanted: Callable[[Message], bool]) -> Message:
        """The first card in hand that is as wanted; listens until there is one."""
        while True:
            for card in self.cards.values():
                if wanted(card):
                    return card
            await self._listen()

    async def command(self, do: str, **fields: Any) -> Message:
        """Until it is acknowledged and answered; the answering message. Raises Rejected."""
        command = uuid.uuid4().hex
        await self._say(type="command", id=command, do=do, **fields)
        acknowledged, answer = False, None
        while answer is None or not acknowledged:
            message = await self._listen()
            if command == message.get("cause", message.get("command")):
                answer = message
            acknowledged = acknowledged or message == {"type": "ack", "id": command}
        if answer["type"] == "rejected":
            raise Rejected(answer["reason"])
        return answer

    async def on(self, card: Message, do: str, **fields: Any) -> Message:
        """A command about a card, see `command`."""
        return await self.command(
            do, ticket=card["ticket"], assignment=card["assignment"], **fields
        )

    async def conversation(self, ticket: str) -> list[Message]:
        """The newest page of entries."""
        await self._say(type="conversation", ticket=ticket)
        return list((await self.hears("conversation"))["entries"])

    async def resync(self) -> None:
        """Learn everything anew."""
        await self._say(type="resync")
        await self.hears("snapshot")

    async def hears(self, kind: str) -> Message:
        """The next message of the type."""
        while (message := await self._listen())["type"] != kind:
            pass
        return message

    def digest(self) -> str:
        """Of what this client believes, to compare with a heartbeat's."""
        fields = ("ticket", "assignment", "state", "last_message")
        cards = sorted(
            "\t".join(str(card[each]) for each in fields).encode() for card in self.cards.values()
        )
        lines = [f"state\t{self.state}".encode(), *cards]
        return sha256(b"".join(line + b"\n" for line in lines)).hexdigest()

    def _token(self) -> str:
        claims = {
            "iss": "croupier",
            "aud": "croupier-agents",
            "sub": self._agent,
            "exp": datetime.now(UTC) + timedelta(minutes=15),
        }
        return jwt.encode(claims, self._secret, algorithm="HS256")

    async def _say(self, **message: Any) -> None:
        await self._socket.send(json.dumps(message))

    async def _listen(self) -> Message:
        message: Message = json.loads(await self._socket.recv())
        match message["type"]:
            case "snapshot":
                self._shard, self._highest = message["shard"], (message["seq"], math.inf)
                self.state = message["agent"]["state"]
                self.cards = {card["ticket"]: card for card in message["cards"]}
            case "agent" if self._is_next(message["agent"]):
                self.state = message["agent"]["state"]
            case "card" if self._is_next(message["card"]):
                self._replace(message["card"])
        return message

    def _is_next(self, stamped: Message) -> bool:
        """Whether it stands above all that came before, in the order of the shard's commits."""
        if stamped["shard"] != self._shard or _place(stamped) <= self._highest:
            return False
        self._highest = _place(stamped)
        return True

    def _replace(self, card: Message) -> None:
        known = self.cards.get(card["ticket"])
        if known is not None and _place(card) <= _place(known):
            return  # the snapshot was ahead of it
        self.cards[card["ticket"]] = card
        if card["state"] == "gone":
            del self.cards[card["ticket"]]


def _place(stamped: Message) -> tuple[int, float]:
    return stamped["seq"], stamped["n"]


def _now() -> str:
    return datetime.now(UTC).isoformat()
