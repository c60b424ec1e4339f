"""The way of a call, from the first ring to the line's end. A step is a door; Twilio asks each what
to do next:

    /voice         it rings     → welcome, into the line         MessageReceived on `phone`
    /voice/wait    in the line  → music, or after max_wait: out
    /voice/left    out of it    → nothing, or: leave a message   CustomerLeft, if nobody took it
    /voice/status  it is over                                    CustomerLeft

A call on `phone` is somebody on the line now. So its ticket is over with the call, and a message
left after it is a ticket of its own, on `voicemail` (voicemail.py): else who calls again and hangs
up would take back what they had asked for.

The line has the account's name. An agent is connected by taking the call out of it by its CallSid:
that is not done yet.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from services.ingest.channels.adapter import Answer, RawRequest
from services.ingest.channels.twilio.call import Call
from services.ingest.channels.twilio.door import PHONE, TwilioDoor, door, step
from services.ingest.channels.twilio.twiml import Twiml
from services.ingest.channels.twilio.voicemail import ask_for_message
from shared.contracts.customer_left_v1 import CustomerLeft
from shared.contracts.inbound import InboundEvent
from shared.contracts.message_received_v1 import MessageReceived

PAUSE_SECONDS: Final = 20
LONGEST_QUEUE_NAME: Final = 64

# Of a call that left the line: somebody took it, or our own side moved it elsewhere.
_TAKEN: Final = frozenset(
    {"bridged", "bridging-in-process", "redirected", "redirected-from-bridged"}
)
_HUNG_UP: Final = "hangup"


class TwilioVoice(TwilioDoor):
    """It rings."""

    channel: Final = PHONE
    door: Final = door("/voice", "an incoming call")

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        call = self._call(request)
        if not self._is_taken(call, account):
            return ()
        return (
            MessageReceived(
                channel=PHONE,
                account=account,
                sender=call.sender,
                message_id=call.sid,
                sent_at=request.received_at,
                text=call.line,
                sender_name=call.caller_name.strip()[:128] or None,
                lang_hint=self.of(account).hint(call.to),
            ),
        )

    def answer(self, request: RawRequest, account: str) -> Answer:
        call = self._call(request)
        if not self._is_taken(call, account):
            return Twiml().reject().answer()
        spoken = self.of(account).spoken(call.to)
        return (
            Twiml()
            .say(spoken.welcome, spoken)
            .enqueue(queue_of(account), wait=step(request, "/wait"), left=step(request, "/left"))
            .answer()
        )

    def _call(self, request: RawRequest) -> Call:
        return Call.model_validate(self.fields(request))

    def _is_taken(self, call: Call, account: str) -> bool:
        return call.is_incoming and not call.is_over and self.of(account).owns(call.to)


class TwilioWait(TwilioDoor):
    """In the line. Asked again whenever what it said is over."""

    channel: Final = PHONE
    door: Final = door("/voice/wait", "what a caller in the line hears")

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:  # noqa: ARG002
        Call.model_validate(self.fields(request))
        return ()

    def answer(self, request: RawRequest, account: str) -> Answer:
        call, ours = Call.model_validate(self.fields(request)), self.of(account)
        rest = ours.max_wait - call.queue_time
        if rest <= 0:
            return Twiml().leave().answer()
        spoken = ours.spoken(call.to)
        twiml = Twiml().say(spoken.hold, spoken)
        if ours.music is not None:
            return twiml.play(ours.music).answer()
        return twiml.pause(min(PAUSE_SECONDS, rest)).answer()


class TwilioLeft(TwilioDoor):
    """Out of the line."""

    channel: Final = PHONE
    door: Final = door("/voice/left", "how a call left the line")

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        call = Call.model_validate(self.fields(request))
        if call.queue_result in _TAKEN:
            return ()
        reason = "hung_up" if call.queue_result == _HUNG_UP else "timeout"
        return (_left(call, request, account, reason=reason),)

    def answer(self, request: RawRequest, account: str) -> Answer:
        call = Call.model_validate(self.fields(request))
        if call.queue_result in _TAKEN or call.queue_result == _HUNG_UP:
            return Twiml().answer()
        return ask_for_message(call, request, self.of(account))


class TwilioCallStatus(TwilioDoor):
    """What became of the call; asked of every number in Twilio's console."""

    channel: Final = PHONE
    door: Final = door("/voice/status", "what became of a call")

    def parse(self, request: RawRequest, account: str) -> Sequence[InboundEvent]:
        call = Call.model_validate(self.fields(request))
        if not (call.is_incoming and call.is_over and self.of(account).owns(call.to)):
            return ()
        return (_left(call, request, account, reason="hung_up"),)


def queue_of(account: str) -> str:
    """The name of an account's line, which Twilio limits."""
    if len(account) <= LONGEST_QUEUE_NAME:
        return account
    return f"{account[:47]}-{blake2b(account.encode(), digest_size=8).hexdigest()}"


def _left(call: Call, request: RawRequest, account: str, *, reason: str) -> CustomerLeft:
    """One id whichever door hears of it first: a call ends once."""
    return CustomerLeft(
        channel=PHONE,
        account=account,
        sender=call.sender,
        message_id=f"{call.sid}.left",
        sent_at=request.received_at,
        reason="timeout" if reason == "timeout" else "hung_up",
    )
