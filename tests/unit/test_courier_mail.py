"""A reply becomes a mail that any program reads, and each end of the dialogue has its meaning."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.ingest.accounts import load_accounts
from services.ingest.channels import CHANNELS
from services.ingest.channels.mail import marked_loop, read_mail, to_event
from services.ingest.courier.delivery import Delivery, Doubtful, Later, Outcome, Refused, Sent
from services.ingest.courier.ports import NoAnswer
from services.ingest.courier.sender import Letter, Reply, Unsendable
from services.ingest.courier.senders import senders_of
from services.ingest.courier.senders.mail import MailSender
from services.ingest.courier.smtp import MailServers, own_name
from services.ingest.mailbox import Mailbox
from services.ingest.secrets import Secrets
from tests.standins.mail import MailStandIn, certified, running_mail_server
from tests.standins.provider import Mood

PASSWORD = "the password of the mailbox"
ASKED_AT = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
THREAD = "<CAB-7.12@mail.example.test>"
TEXT = "Labas, Rūta!\n\n.one line begins with a dot\nprivet — привет 🙏\n" + "word " * 60


def mailbox(**out: Any) -> Mailbox:
    outgoing = {"host": "127.0.0.1", "port": 25, "tls": "none", "name": "Lucky Support", **out}
    return Mailbox.model_validate(
        {"addresses": ["support@croupier.test", "help@croupier.test"], "outgoing": outgoing}
    )


def reply(recipient: str = "rita77@example.test", **more: Any) -> Delivery:
    known = {
        "reply": "r-1",
        "ticket": "t-1",
        "key": f"mail:ours:{recipient}",
        "partition": 0,
        "offset": 0,
        "channel": "mail",
        "account": "ours",
        "recipient": recipient,
        "text": TEXT,
        "subject": "Kur mano pinigai?",
        "thread": THREAD,
        "asked_at": ASKED_AT.timestamp(),
        "expires_at": ASKED_AT.timestamp() + 60.0,
    }
    return Delivery(**{**known, **more})


def content(it: Delivery, **out: Any) -> bytes:
    return MailSender({"ours": mailbox(**out)}).call(it, it.text).content


def header_of(raw: bytes, name: str) -> str:
    """As it is on the wire, unfolded."""
    return str(message_from_bytes(raw)[name])


def parsed(it: Delivery, **out: Any) -> EmailMessage:
    message = message_from_bytes(content(it, **out), policy=default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


# What is written.


def test_a_reply_is_a_mail_that_any_program_reads() -> None:
    mail = parsed(reply())
    assert mail["From"] == "Lucky Support <support@croupier.test>"
    assert mail["To"] == "rita77@example.test"
    assert mail["Subject"] == "Re: Kur mano pinigai?"
    assert mail["Date"].datetime == ASKED_AT
    assert mail["In-Reply-To"] == mail["References"] == THREAD
    assert mail["Auto-Submitted"] is None
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n") == TEXT + "\n"


def test_each_line_is_ascii_and_of_a_length_that_every_server_takes() -> None:
    it = reply(subject="длинная тема " * 60, text="слово " * 3_000, thread=f"<{'x' * 400}@y>")
    raw = content(it, name="Счастливчик " * 9)
    raw.decode("ascii")
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert max(len(line) for line in lines if b"@y>" not in line) <= 78
    assert b"\n" not in raw.replace(b"\r\n", b"")
    mail = parsed(it, name="Счастливчик " * 9)
    assert mail["In-Reply-To"] == it.thread
    assert mail["Subject"].startswith("Re: длинная тема длинная")
    [(name, charset), *_] = decode_header(header_of(raw, "From"))
    assert (name.decode(), charset) == ("Счастливчик " * 8 + "Счастливчик", "utf-8")


def test_a_repetition_has_the_same_id_and_another_reply_another() -> None:
    first = reply()
    assert content(first) == content(replace(first, attempt=3, since=9.0))
    ids = {str(parsed(each)["Message-ID"]) for each in (first, replace(first, reply="r-2"))}
    assert len(ids) == 2
    assert all(each.endswith("@croupier.test>") for each in ids)


@pytest.mark.parametrize("by", ["system", "bot"])
def test_what_no_person_wrote_says_so(by: str) -> None:
    assert parsed(reply(by=by))["Auto-Submitted"] == "auto-replied"


@pytest.mark.parametrize(
    ("subject", "becomes"),
    [
        ("Kur?", "Re: Kur?"),
        ("Re: Kur?", "Re: Kur?"),
        ("RE[2]: Kur?", "RE[2]: Kur?"),
        ("AW: Wo?", "AW: Wo?"),
        ("Отв: где?", "Отв: где?"),
        ("Fwd: Kur?", "Re: Fwd: Kur?"),
        ("", "Re: Your message"),
    ],
)
def test_the_subject_is_that_of_the_mail_it_answers(subject: str, becomes: str) -> None:
    assert parsed(reply(subject=subject), subject="Your message")["Subject"] == becomes


def test_without_a_subject_anywhere_it_is_a_bare_answer() -> None:
    assert parsed(reply(subject=""))["Subject"] == "Re:"


@pytest.mark.parametrize(
    "thread", ["", "no brackets", "<a@b> <c@d>", "<a b@c>", "<a@b>\r\nBcc: x@y", "<ą@b>", "<a<b@c>"]
)
def test_what_is_no_message_id_is_left_out(thread: str) -> None:
    mail = parsed(reply(thread=thread))
    assert mail["In-Reply-To"] is mail["References"] is mail["Bcc"] is None


HEADERS = [
    *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
    *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
]


@given(subject=st.text(max_size=200), text=st.text(max_size=200))
@example(subject="a\r\nBcc: victim@example.test\r\n\r\nbody", text="x")
@example(subject="a\u2028Bcc: b\x85c\x0bd\udc80", text="x\udc80")
@example(subject="=?utf-8?q?a=0D=0ABcc:_x?=", text=".\r\n.\r\nMAIL FROM:<>\r\n")
@example(subject="a" * 150, text="From x\n.\n..\n\x00\t \n")
def test_no_subject_and_no_text_begins_a_header_of_its_own(subject: str, text: str) -> None:
    mail = parsed(reply(subject=subject, text=text))
    assert mail.keys() == HEADERS
    assert mail.get_content_charset() == "utf-8"
    lines = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
    payload = mail.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().replace("\r\n", "\n").rstrip("\n") == lines.rstrip("\n")


@pytest.mark.parametrize(
    "recipient",
    [
        *("nobody", "@example.test", "a@", "a b@c.test", "a@b.test,c@d.test", "a@b>c"),
        *(
            '"a b"@c.test',
            "a@[127.0.0.1]",
            "ą@b.test",
            "a@b..c",
            "<a@b.test>",
            "a@b.test NOTIFY=NEVER",
        ),
        *("a@" + "b" * 260, "x" * 65 + "@b.test", "a\u2028@b.test"),
    ],
)
def test_what_is_no_plain_address_is_not_written_to(recipient: str) -> None:
    with pytest.raises(Unsendable):
        content(reply(recipient))


def test_a_domain_in_letters_of_its_own_is_written_in_ascii() -> None:
    assert parsed(reply("rita@bücher.example"))["To"] == "rita@xn--bcher-kva.example"


def test_our_own_reply_that_comes_back_is_known_as_a_loop() -> None:
    it = reply()
    mail = read_mail(content(it), mail_from="support@croupier.test", received_at=ASKED_AT)
    assert mail.sender in mailbox().addresses
    assert marked_loop(mail, is_ours=True).auto_reply
    system = content(replace(it, by="system"))
    assert read_mail(system, mail_from="x@y.test", received_at=ASKED_AT).auto_reply


def test_the_mail_door_says_what_an_answer_has_to_name() -> None:
    raw = f"From: a@b.test\r\nMessage-ID: {THREAD}\r\nSubject: hi\r\n\r\nhello".encode()
    mail = read_mail(raw, mail_from="a@b.test", received_at=ASKED_AT)
    assert to_event(mail, "support").thread == THREAD
    bare = raw.replace(THREAD.encode(), b"no id at all")
    assert read_mail(bare, mail_from="a@b.test", received_at=ASKED_AT).thread is None


# The dialogue.


@pytest.fixture
async def server() -> AsyncIterator[MailStandIn]:
    async with running_mail_server() as stand_in:
        stand_in.late = 1.5
        yield stand_in


async def handed_over(
    port: int, *, seconds: float = 5.0, trust: ssl.SSLContext | None = None, **out: Any
) -> Outcome | NoAnswer:
    sender = MailSender({"ours": mailbox(port=port, **out)})
    it = reply()
    try:
        return sender.outcome(
            await MailServers(seconds=seconds, name="[127.0.0.1]", tls=trust).call(
                sender.call(it, it.text)
            )
        )
    except NoAnswer as silence:
        return silence


async def test_a_mail_arrives_as_it_was_written(server: MailStandIn) -> None:
    it = reply()
    sent = await handed_over(server.port)
    [(source, recipients, mail)] = server.mails
    assert (source, recipients) == ("support@croupier.test", ["rita77@example.test"])
    assert sent == Sent(str(mail["Message-ID"]))
    assert server.raw == [content(it, port=server.port)]  # dots at the start of lines, too


@pytest.mark.parametrize(
    ("mood", "means"),
    [
        ("throttles", Later("the mail server answered 451 to rcpt")),
        (
            "is away",
            Later(
                "the mail server answered 421 to mail: does it take mail from this mailbox?",
                ours=True,
            ),
        ),
        ("is blocked", Refused("the mail server answered 550 to rcpt: there is no such mailbox")),
        ("fails", Refused("the mail server answered 554 to message: not accepted")),
    ],
)
async def test_a_refusal_has_its_meaning(server: MailStandIn, mood: Mood, means: Outcome) -> None:
    server.moods.append(mood)
    assert await handed_over(server.port) == means
    assert server.mails == []


@pytest.mark.parametrize(("mood", "arrives"), [("hangs", False), ("answers late", True)])
async def test_silence_after_the_message_is_in_doubt(
    server: MailStandIn, mood: Mood, arrives: bool
) -> None:
    server.moods.append(mood)
    silence = await handed_over(server.port, seconds=1.0)
    assert isinstance(silence, NoAnswer)
    assert silence.reached
    assert bool(server.mails) == arrives


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[int]:
    """A server that says what it likes."""

    async def held(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(held, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def saying(*answers: bytes) -> Talk:
    """One answer to each line, the greeting first; then it hangs up. b"" is read past."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, answer in enumerate(answers):
            if number:
                await reader.readline()
            writer.write(answer + b"\r\n" if answer else b"")

    return talk


OK = b"250 OK"


@pytest.mark.parametrize(
    "answers",
    [
        (),
        (b"220 hello",),
        (b"220 hello", OK),
        (b"220 hello", OK, OK),
        (b"220 hello", OK, OK, OK),
        (b"what?",),
    ],
)
async def test_what_breaks_off_before_the_message_is_known_not_to_be_delivered(
    answers: tuple[bytes, ...],
) -> None:
    async with talking(saying(*answers)) as port:
        means = await handed_over(port)
    if isinstance(means, NoAnswer):
        assert not means.reached
    else:
        assert isinstance(means, Later)
        assert means.ours


async def test_a_server_that_hangs_up_after_the_message_leaves_it_in_doubt() -> None:
    async with talking(saying(b"220 hi", OK, OK, OK, b"354 go", b"")) as port:
        means = await handed_over(port)
    assert isinstance(means, NoAnswer)
    assert means.reached


async def test_an_answer_to_the_message_that_is_none_leaves_it_in_doubt() -> None:
    async with talking(saying(b"220 hi", OK, OK, OK, b"354 go", b"what?")) as port:
        assert isinstance(await handed_over(port), Doubtful)


async def test_a_server_that_is_not_there_is_not_reached() -> None:
    async with talking(saying()) as port:
        pass
    means = await handed_over(port)
    assert isinstance(means, NoAnswer)
    assert not means.reached
    assert "127.0.0.1" not in str(means)


@pytest.mark.parametrize("how", ["tls", "starttls"])
async def test_a_login_goes_through_tls(tmp_path: Path, how: str) -> None:
    ours, theirs = certified(tmp_path)
    login = ("support", PASSWORD)
    out: dict[str, Any] = {"tls": how, "username": "support", "password": Secrets.of(PASSWORD)}
    async with running_mail_server(**{how: ours}, login=login) as server:
        assert isinstance(await handed_over(server.port, trust=theirs, **out), Sent)
        wrong = {**out, "password": Secrets.of("another password than that")}
        assert await handed_over(server.port, trust=theirs, **wrong) == Later(
            "the mail server answered 535 to auth: does it take mail from this mailbox?", ours=True
        )
        stranger = await handed_over(server.port, **out)
        assert isinstance(stranger, NoAnswer)  # a certificate that nobody vouches for
        assert not stranger.reached
        assert len(server.mails) == 1


async def test_a_server_without_starttls_gets_neither_password_nor_mail(
    server: MailStandIn,
) -> None:
    means = await handed_over(
        server.port, tls="starttls", username="support", password=Secrets.of(PASSWORD)
    )
    assert isinstance(means, NoAnswer)
    assert not means.reached
    assert server.mails == []


@pytest.mark.parametrize(
    ("command", "status", "says", "kind", "ours"),
    [
        ("connect", 554, "no service here", Later, True),
        ("auth", 454, "4.7.0 later", Later, True),
        ("mail", 550, "5.7.1 not from this address", Later, True),
        ("rcpt", 452, "4.2.2 over quota", Later, False),
        ("rcpt", 421, "4.3.2 shutting down", Later, True),
        ("rcpt", 552, "5.2.2 full", Refused, False),
        ("data", 451, "4.3.0 busy", Later, False),
        ("message", 421, "4.3.2 shutting down", Later, True),
        ("message", 452, "4.3.1 no room", Later, False),
        ("message", 552, "5.3.4 too big", Refused, False),
    ],
)
def test_who_is_refused_decides_who_waits(
    command: str, status: int, says: str, kind: type, ours: bool
) -> None:
    means = MailSender({}).outcome(Reply(status, {"command": command}, says.encode()))
    assert type(means) is kind
    assert getattr(means, "ours", False) == ours


def test_a_server_s_own_words_are_not_told() -> None:
    answer = Reply(550, {"command": "rcpt"}, b"5.2.2 <rita77@example.test> is over quota")
    means = MailSender({}).outcome(answer)
    assert means == Refused("the mail server answered 550 to rcpt: the mailbox is full")


@given(
    status=st.integers(-1, 999),
    command=st.sampled_from(("connect", "auth", "mail", "rcpt", "data", "message", "")),
    body=st.binary(max_size=20) | st.just(b"5.1.1 no"),
)
def test_whatever_a_server_answers_has_some_meaning(status: int, command: str, body: bytes) -> None:
    means = MailSender({}).outcome(Reply(status, {"command": command}, body))
    assert isinstance(means, Sent | Refused | Later | Doubtful)
    assert isinstance(means, Sent) == (command == "message" and 200 <= status < 300)
    assert not isinstance(means, Refused) or 500 <= status < 600


def test_this_machine_has_a_name_to_greet_with() -> None:
    name = own_name()
    assert name.isascii()
    assert "." in name


# Accounts.


def test_a_mailbox_is_read_with_its_server_from_the_accounts_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD, "utf-8")
    (tmp_path / "accounts.yaml").write_text(
        """
mail:
  support:
    addresses: [Support@croupier.test, help@croupier.test]
    outgoing:
      host: smtp.croupier.test
      username: u
      password: [{file: password}]
      from: Help@croupier.test
  complaints:
    addresses: [complaints@croupier.test]
""",
        "utf-8",
    )
    accounts = load_accounts(tmp_path / "accounts.yaml", {}, CHANNELS)
    senders = senders_of(accounts, public_url="https://croupier.test")
    assert list(senders) == [("mail", "support")]
    letter = senders["mail", "support"].call(reply(account="support"), "hello")
    assert isinstance(letter, Letter)
    assert (letter.host, letter.port, letter.tls) == ("smtp.croupier.test", 587, "starttls")
    assert (letter.username, letter.password) == ("u", PASSWORD)
    assert letter.source == "help@croupier.test"
    assert accounts.mailboxes["support@croupier.test"] == "support"


def test_a_mailbox_without_a_server_is_an_integration_s() -> None:
    bare = Mailbox(addresses=["support@croupier.test"])
    assert not MailSender({"ours": bare}).serves("ours")
    assert not MailSender({}).serves("ours")
    assert MailSender({"ours": mailbox()}).serves("ours")


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "other@croupier.test"},
        {"username": "support"},
        {"password": Secrets.of(PASSWORD)},
        {"username": "support", "password": Secrets.of(PASSWORD), "tls": "none"},
        {"name": "a\nBcc: b@c"},
        {"subject": "a\u2028b"},
        {"host": "smtp.example.com/x"},
        {"sender": "support@croupier.test", "colour": "red"},
    ],
)
def test_a_mailbox_that_could_do_harm_is_refused_when_it_is_read(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        mailbox(**wrong)


def test_neither_password_nor_words_nor_addresses_show_when_a_letter_is_printed() -> None:
    out: dict[str, Any] = {
        "tls": "tls",
        "username": "support",
        "password": Secrets.of(PASSWORD),
    }
    shown = repr(MailSender({"ours": mailbox(**out)}).call(reply(), "my words"))
    for hidden in (PASSWORD, "my words", "rita77", "pinigai"):
        assert hidden not in shown
