"""Reads a request's body: of the right kind, small enough, and in time."""

import asyncio
from collections.abc import Sequence

from starlette.requests import ClientDisconnect, Request

from services.ingest.errors import TooLarge, TooSlow, WrongMedia


async def read_bytes(
    request: Request, *, media: Sequence[str], limit: int, seconds: float
) -> bytes:
    """The raw bytes of a request of one of these content types. Raises WrongMedia, TooLarge,
    TooSlow and ClientDisconnect.

    The limit holds while streaming: a Content-Length is a claim, and may be missing.
    """
    _check_media(request, media)
    _check_claimed_length(request, limit)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            more = True
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                body += message.get("body", b"")
                if len(body) > limit:
                    raise TooLarge(f"the body has more than {limit} bytes")
                more = message.get("more_body", False)
    except TimeoutError as error:
        raise TooSlow(f"the body did not arrive within {seconds} seconds") from error
    return bytes(body)


def _check_media(request: Request, media: Sequence[str]) -> None:
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise WrongMedia("a compressed body is not taken: send it without Content-Encoding")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in media:
        raise WrongMedia(f"the Content-Type must be {' or '.join(media)}")


def _check_claimed_length(request: Request, limit: int) -> None:
    claimed = request.headers.get("content-length", "")
    if claimed.isdecimal() and len(claimed) <= 20 and int(claimed) > limit:
        raise TooLarge(f"the body has more than {limit} bytes")
