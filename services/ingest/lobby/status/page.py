"""The small page of a ticket, without a script; and its conversation as a text."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.ingest.lobby.status.ports import Said
from services.ingest.lobby.status.standing import RATE, Standing
from services.ingest.lobby.status.words import WORDS, place, range_of, words_in
from shared.runtime.clock import utc

_PAGES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
)


def page(standing: Standing, *, address: str, rated: bool = False) -> str:
    """HTML. address: of the page, as it was asked for. rated: they have just said how it was."""
    ticket = standing.ticket
    words = words_in(ticket.lang)
    return _PAGES.get_template("page.html").render(
        lang=ticket.lang if ticket.lang in WORDS else "en",
        words=words,
        state=getattr(words, standing.state),
        opened=_iso(ticket.opened_at),
        opened_on=_day(ticket.opened_at),
        outlook=[*_outlook(standing)],
        fresh=standing.state in {"waiting", "with_agent"},
        rated=rated,
        may_rate=standing.may_rate,
        action=f"{address}/rating",
        transcript=f"{address}/transcript",
        notices=_shown([each for each in standing.notices if each.notice != RATE]),
    )


def transcript(lang: str, conversation: Iterable[Said]) -> str:
    """Plain text: when, who, and what."""
    words = words_in(lang)
    lines = (f"{_day(said.at)}  {getattr(words, said.by)}\n{said.text}\n" for said in conversation)
    return f"{words.transcript}\n\n" + "\n".join(lines)


def _outlook(standing: Standing) -> Iterator[str]:
    words = words_in(standing.ticket.lang)
    if standing.prospect.position is not None:
        yield place(words, standing.prospect.position)
    if standing.prospect.wait is not None:
        yield range_of(words, standing.prospect.wait)


def _shown(notices: Sequence[Said]) -> list[dict[str, Any]]:
    return [{"at": _iso(each.at), "on": _day(each.at), "text": each.text} for each in notices]


def _iso(at: float) -> str:
    return _time(at).isoformat()


def _day(at: float) -> str:
    return f"{_time(at):%Y-%m-%d %H:%M} UTC"


def _time(at: float) -> datetime:
    return utc(at).replace(microsecond=0)
