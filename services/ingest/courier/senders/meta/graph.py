"""What Meta's senders have in common: a call of the Graph API, and the errors of its answers.

None of them has an idempotency key. An error has a code and sometimes a subcode, which say more
than the HTTP status. Codes 1 and 2 are Meta's "something went wrong": Meta's own list knows them
from messages that were sent, so they leave a reply in doubt, and so does every code that is not in
our tables. What stands in a table as to be tried again is what Meta says it did not send.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

import orjson

from services.ingest.channels.meta.account import MetaAccount
from services.ingest.courier.delivery import Doubtful, Later, Otherwise, Outcome, Refused, Sent
from services.ingest.courier.sender import Call, Reply
from services.ingest.courier.senders.answers import retry_after, said_of

GRAPH_VERSION: Final = "v25.0"

CLOSED: Final = "closed window"
_OUTSIDE: Final = "outside of allowed window"
"""Meta's words for it, where the subcode is one we do not know."""


class GraphError(NamedTuple):
    """subcode: 0 where there is none."""

    code: int
    subcode: int = 0

    def __str__(self) -> str:
        return f"{self.code}.{self.subcode}" if self.subcode else str(self.code)


class Verdict(NamedTuple):
    """ours: not delivered, the account waits. theirs: not delivered, this customer waits. refused:
    never to be delivered. closed: not while the window is closed. after: seconds to wait."""

    kind: Literal["ours", "theirs", "refused", "closed"]
    says: str = ""
    after: float | None = None


Verdicts = Mapping[GraphError, Verdict]
"""One with subcode 0 is for all subcodes of its code that are not there themselves."""

LIMITED: Final = Verdict("ours", "too many calls")
DOWN: Final = Verdict("theirs", "Meta could not send it for now")
TOKEN: Final = Verdict("ours", "is the account's token right?")
MAY_NOT: Final = Verdict("ours", "may the account's token send messages?")
BLOCKED: Final = Verdict("ours", "Meta has restricted the account")
NOT_ACCEPTED: Final = Verdict("refused", "not accepted")
SHUT: Final = Verdict("closed")

COMMON: Final[Verdicts] = {
    **{GraphError(code): LIMITED for code in (4, 17, 32, 613, 80007)},
    **{GraphError(code): TOKEN for code in (0, 102, 190)},
    **{GraphError(code): MAY_NOT for code in (3, 10, *range(200, 300))},
    GraphError(100): NOT_ACCEPTED,
    GraphError(368): BLOCKED,
}


def call_of(account: MetaAccount, path: str, body: Mapping[str, Any]) -> Call:
    """A POST with the account's token."""
    assert account.token is not None
    token = account.token.valid()[0].decode("ascii", "replace")
    return Call(
        url=f"{account.api.rstrip('/')}/{GRAPH_VERSION}/{path}",
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        body=orjson.dumps(body),
    )


def meaning(
    reply: Reply,
    *,
    channel: str,
    id_of: Callable[[Mapping[str, Any]], str | None],
    verdicts: Verdicts,
) -> Outcome:
    """id_of: the message's id in an answer that says that it was taken."""
    said = said_of(reply)
    error = _error(said)
    if error is None:
        id = id_of(said) if reply.status == 200 else None
        if id is not None:
            return Sent(id)
        says = f"{channel} answered {reply.status}"
        return Later(says, retry_after(reply), ours=True) if reply.status == 429 else Doubtful(says)
    verdict = verdicts.get(error) or verdicts.get(GraphError(error.code))
    if verdict is MAY_NOT and _OUTSIDE in str(said["error"].get("message", "")).lower():
        verdict = SHUT
    says = f"{channel} answered {error}"
    if verdict is None:
        return Doubtful(says)
    return _outcome(verdict, f"{says}: {verdict.says}", reply)


def _outcome(verdict: Verdict, says: str, reply: Reply) -> Outcome:
    match verdict.kind:
        case "ours" | "theirs":
            asked = retry_after(reply)
            after = verdict.after if asked is None else asked
            return Later(says, after, ours=verdict.kind == "ours")
        case "refused":
            return Refused(says)
        case "closed":
            return Otherwise(CLOSED)


def _error(said: Mapping[str, Any]) -> GraphError | None:
    error = said.get("error")
    if not isinstance(error, dict):
        return None
    code, subcode = error.get("code"), error.get("error_subcode")
    if type(code) is not int:
        return None
    return GraphError(code, subcode if type(subcode) is int else 0)
