"""The mail door's row in the table of what every door answers to what. Anybody may write a mail: it
has no proof that could be forged, and no secrets."""

import asyncio
import smtplib

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.ingest_doors import IngestDoors
from tests.outcomes import Seen
from tests.unit.test_ingest_smtp import listening, mail, speak

DOOR = "mail (SMTP)"
MALFORMED = 1_000
TOO_LARGE = 36 * 1024 * 1024


def put(client: smtplib.SMTP, content: bytes) -> int:
    """Hand in a mail; what the door says to its content."""
    client.ehlo_or_helo_if_needed()
    client.mail("jonas@example.lt")
    client.rcpt("support@croupier.test")
    code, _ = client.data(content)
    client.rset()
    return code


def told(code: int, doors: IngestDoors) -> str:
    many = len({event.id for event in doors.publisher.events})
    return f"{code}, {many or 'no'} message"


async def test_a_genuine_mail_is_taken(seen: Seen) -> None:
    doors = IngestDoors()
    async with listening(doors) as server:
        code = await speak(server, lambda client: put(client, mail().as_bytes()))
    assert told(code, doors) == "250, 1 message"
    seen(DOOR, "genuine", told(code, doors))


async def test_five_of_the_same_at_once_are_one_message(seen: Seen) -> None:
    doors = IngestDoors()
    async with listening(doors) as server:
        talks = (speak(server, lambda client: put(client, mail().as_bytes())) for _ in range(5))
        codes = await asyncio.gather(*talks)
    assert set(codes) == {250}
    assert told(250, doors) == "250, 1 message"
    seen(DOOR, "the same ×5", told(250, doors))


async def test_a_malformed_mail_is_taken_or_refused_and_nothing_else(seen: Seen) -> None:
    doors = IngestDoors()
    genuine = mail().as_bytes()
    codes: set[int] = set()

    def talk(client: smtplib.SMTP) -> None:
        @settings(max_examples=MALFORMED)
        @given(junk=st.binary(max_size=60), start=st.integers(0, len(genuine)), torn=st.booleans())
        def knocking(junk: bytes, start: int, torn: bool) -> None:
            code = put(client, genuine[:start] + junk + genuine[start + 1 :] if torn else junk)
            assert code in {250, 550, 552, 554}
            codes.add(code)

        knocking()

    async with listening(doors) as server:
        await speak(server, talk)
    seen(DOOR, f"malformed ×{MALFORMED:,}", ", ".join(str(each) for each in sorted(codes)))


async def test_an_oversized_mail_is_no_message(seen: Seen) -> None:
    doors = IngestDoors()
    content = mail().as_bytes() + (b"a" * 990 + b"\r\n") * (TOO_LARGE // 992)
    async with listening(doors) as server:
        code = await speak(server, lambda client: put(client, content))
    assert told(code, doors) == "552, no message"
    seen(DOOR, "oversized", told(code, doors))


async def test_without_a_broker_the_sender_is_told_to_come_again(seen: Seen) -> None:
    doors = IngestDoors()
    doors.publisher.mode = "fail"
    async with listening(doors) as server:
        code = await speak(server, lambda client: put(client, mail().as_bytes()))
    assert told(code, doors) == "451, no message"
    seen(DOOR, "broker down", told(code, doors))
