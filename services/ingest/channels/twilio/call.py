"""What Twilio says of a call in every request about it."""

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_pascal

from shared.contracts.base import ProviderId

# What stands for a number that was withheld: a word, or that word on a telephone's keys.
_WITHHELD: Final = frozenset(
    {
        "",
        "anonymous", "restricted", "blocked", "unavailable", "unknown", "private", "withheld",
        "266696687", "7378742833", "2562533", "86282452253", "8656696",
    }
)  # fmt: skip
_OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class Call(BaseModel):
    """As far as we read it.

    caller, to: numbers with a plus, or `sip:…` and `client:…`. caller_name: from a directory.
    queue_time: seconds in the line so far. queue_result: how the call left it."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, alias_generator=to_pascal
    )

    sid: Annotated[ProviderId, Field(max_length=200)] = Field(validation_alias="CallSid")
    caller: Annotated[str, Field(max_length=256)] = Field("", validation_alias="From")
    to: Annotated[str, Field(max_length=256)] = ""
    direction: str = "inbound"
    call_status: str = ""
    caller_name: str = ""
    queue_time: Annotated[int, Field(ge=0, le=10**9), BeforeValidator(lambda text: text or 0)] = 0
    queue_result: str = ""

    @property
    def sender(self) -> str:
        """Whom to call back. Who withholds the number is somebody else in every call: two of them
        must not become one customer."""
        bare = self.caller.removeprefix("+").lower()
        return f"withheld:{self.sid}" if bare in _WITHHELD else self.caller

    @property
    def is_incoming(self) -> bool:
        """Whether a customer called us, not we them."""
        return self.direction == "inbound"

    @property
    def is_over(self) -> bool:
        """Whether nobody is on the line any more."""
        return self.call_status in _OVER

    @property
    def line(self) -> str:
        """From which number to which. Without a word, which would be taken for the customer's own,
        and its language for theirs; and not a bare sign, which would be taken for a thanks."""
        caller = self.caller if self.sender == self.caller else ""
        numbers = [each if _is_number(each) else "" for each in (caller, self.to)]
        return f"☎ {' → '.join(numbers)}".replace("  ", " ").rstrip() if any(numbers) else ""


def _is_number(text: str) -> bool:
    digits = text.removeprefix("+")
    return digits.isascii() and digits.isdigit() and len(digits) <= 15
