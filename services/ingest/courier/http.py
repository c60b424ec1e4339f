"""HTTP to providers: one pool of connections, no redirects, bounded answers."""

from types import TracebackType
from typing import Final, Self

import httpx

from services.ingest.courier.ports import NoAnswer
from services.ingest.courier.sender import Call, Reply

_LONGEST_ANSWER: Final = 64 * 1024

_NOT_REACHED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class HttpProviders:
    """An async context manager. seconds: for a whole answer.
    most_bytes: of an answer; what is beyond is left unread."""

    def __init__(
        self, *, seconds: float, connections: int, most_bytes: int = _LONGEST_ANSWER
    ) -> None:
        self._most_bytes: Final = most_bytes
        self._client: Final = httpx.AsyncClient(
            timeout=httpx.Timeout(seconds, connect=min(5.0, seconds)),
            limits=httpx.Limits(max_connections=connections, keepalive_expiry=30.0),
            follow_redirects=False,
        )

    async def call(self, call: Call) -> Reply:
        try:
            async with self._client.stream(
                call.method, call.url, headers=dict(call.headers), content=call.body
            ) as response:
                body = b""
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > self._most_bytes:
                        break
        except _NOT_REACHED as error:
            raise NoAnswer(f"cannot be reached: {type(error).__name__}", reached=False) from None
        except httpx.HTTPError as error:
            # no cause: an error of httpx quotes the address, which may hold a token
            raise NoAnswer(f"no answer: {type(error).__name__}", reached=True) from None
        return Reply(
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            body,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()
