"""What a WhatsApp message says to an agent: a text, and files."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.ingest.channels.meta.reading import MAX_TEXT, unreadable
from services.ingest.channels.meta.whatsapp_update import (
    Body,
    Card,
    Form,
    Interactive,
    Media,
    Product,
)
from services.ingest.errors import NotJson
from services.ingest.json_body import load_object
from shared.contracts.message_received_v1 import Attachment

_DEFAULT_TYPES: Final = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/ogg",
    "voice": "audio/ogg",
    "document": "application/octet-stream",
    "sticker": "image/webp",
}
# Signs about another message; the Cloud API cannot show them, and nobody waits for an answer.
_SAYS_NOTHING: Final = ("reaction", "pin", "keep_in_chat")


@dataclass(frozen=True, slots=True)
class Content:
    """text: at most MAX_TEXT characters."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text or self.attachments)


def content_of(body: Body) -> Content:
    """Empty for a kind that says nothing to an agent, and for one that cannot be understood."""
    if body.type in _DEFAULT_TYPES:
        return _media(body)
    if body.type in ("unsupported", "unknown"):
        return _unsupported(body)
    if body.type == "interactive":
        return _interactive(body.interactive)
    read = _TEXTS.get(body.type)
    return Content(read(body)[:MAX_TEXT]) if read is not None else Content()


def _media(body: Body) -> Content:
    media: Media | None = getattr(body, body.type)
    if media is None:
        return Content()
    name = media.filename or ("voice" if media.voice else body.type)
    file = Attachment(
        name=name[:256],
        media_type=(media.mime_type or _DEFAULT_TYPES[body.type])[:128],
        ref=f"whatsapp:{media.id}",
    )
    return Content(media.caption or "", (file,))


def _unsupported(body: Body) -> Content:
    kind = (body.unsupported.type if body.unsupported is not None else None) or ""
    return Content() if kind in _SAYS_NOTHING else Content(attachments=(unreadable(kind),))


def _text(body: Body) -> str:
    return body.text.body if body.text is not None else ""


def _button(body: Body) -> str:
    return body.button.text if body.button is not None else ""


def _location(body: Body) -> str:
    place = body.location
    if place is None:
        return ""
    return "\n".join(line for line in (place.name, place.address, str(place)) if line)


def _contacts(body: Body) -> str:
    return "\n".join(_card(each) for each in body.contacts or () if each is not None)


def _card(card: Card) -> str:
    name = (card.name.formatted_name if card.name is not None else None) or ""
    phones = (each.phone for each in card.phones or () if each is not None)
    return " ".join(part for part in (name, *phones) if part)


def _interactive(answer: Interactive | None) -> Content:
    if answer is None or answer.type == "call_permission_reply":
        return Content()
    if answer.nfm_reply is not None:
        return Content(_form(answer.nfm_reply)[:MAX_TEXT])
    choice = answer.button_reply or answer.list_reply
    if choice is None:
        return Content(attachments=(unreadable(answer.type or "interactive"),))
    lines = (choice.title, choice.description)
    return Content("\n".join(line for line in lines if line)[:MAX_TEXT])


def _form(form: Form) -> str:
    """The answers, a line each. The flow token is ours, and says nothing."""
    try:
        answers = load_object(form.response_json.encode())
    except NotJson:
        return form.body or ""
    said = {name: _said(value) for name, value in answers.items() if name != "flow_token"}
    return "\n".join(f"{name}: {value}" for name, value in said.items() if value) or form.body or ""


def _said(value: object) -> str:
    """An answer, or several that were ticked."""
    many = value if isinstance(value, list) else [value]
    return ", ".join(str(each) for each in many if isinstance(each, str | int | float))


def _order(body: Body) -> str:
    order = body.order
    if order is None:
        return ""
    products = (_product(each) for each in order.product_items or () if each is not None)
    return "\n".join(line for line in (order.text, *products) if line)


def _product(product: Product) -> str:
    counted = f"{product.quantity} × {product.product_retailer_id}"
    if product.item_price is None:
        return counted
    return f"{counted}, {product.item_price:.2f} {product.currency or ''}".strip()


_TEXTS: Final[dict[str, Callable[[Body], str]]] = {
    "text": _text,
    "button": _button,
    "location": _location,
    "contacts": _contacts,
    "order": _order,
}
