"""The parts of a WhatsApp Cloud webhook that we read.

    {"object": "whatsapp_business_account", "entry": [{"id": business account, "changes": [
        {"field": "messages", "value": {
            "metadata": {"phone_number_id", "display_phone_number"},
            "contacts": [{"profile": {"name", "username"?}, "wa_id"?, "user_id"?}],
            "messages": [...], "statuses": [...], "errors": [...]}}]}]}

`statuses` say what became of our own messages:

    {"id": our message's, "status": sent, delivered, read, played, failed or another,
     "timestamp": seconds in a string, "recipient_id"?, "recipient_user_id"?, "recipient_type"?,
     "biz_opaque_callback_data"?: what we gave with the message,
     "errors"?: [{"code", "title", "error_data"?: {"details"}}]}

`errors` of a value are about the account, not about a message.

A person has a phone number (`from`, `wa_id`) and an id for our business alone (`from_user_id`,
`user_id`, such as US.13491208655302741918). The number is absent where the person hides it behind a
username.
"""

from typing import Annotated

from pydantic import Field

from services.ingest.channels.meta.reading import Kind, Part, Place, Soft, Words
from shared.contracts.base import Id, ProviderId

Seconds = Annotated[int, Field(ge=0, le=253_402_300_799)]


class Profile(Part):
    name: Soft[Words] = None


class Contact(Part):
    """Who wrote one of the messages."""

    profile: Soft[Profile] = None
    wa_id: Soft[ProviderId] = None
    user_id: Soft[ProviderId] = None


class Metadata(Part):
    phone_number_id: ProviderId


class Text(Part):
    body: Words


class Media(Part):
    """Its bytes are asked for by the id; a URL, where one comes along, is good for five minutes."""

    id: ProviderId
    mime_type: Soft[Words] = None
    filename: Soft[Words] = None
    caption: Soft[Words] = None
    voice: Soft[bool] = None


class Location(Place):
    name: Soft[Words] = None
    address: Soft[Words] = None


class CardName(Part):
    formatted_name: Soft[Words] = None


class Phone(Part):
    phone: Words


class Card(Part):
    """A visiting card that was sent. Without a name where a person shares their own number."""

    name: Soft[CardName] = None
    phones: Soft[tuple[Soft[Phone], ...]] = None


class Button(Part):
    """The answer to a template's button."""

    text: Words


class Choice(Part):
    title: Words
    description: Soft[Words] = None


class Form(Part):
    """A form that was filled in. response_json: the answers by name, as JSON in a string."""

    body: Soft[Words] = None
    response_json: Words


class Interactive(Part):
    """The answer to a message with choices, or something of a catalogue."""

    type: Soft[Kind] = None
    button_reply: Soft[Choice] = None
    list_reply: Soft[Choice] = None
    nfm_reply: Soft[Form] = None


class Product(Part):
    product_retailer_id: Words
    quantity: Annotated[int, Field(ge=0, le=10**9)] = 1
    item_price: Soft[float] = None
    currency: Soft[Kind] = None


class Order(Part):
    text: Soft[Words] = None
    product_items: Soft[tuple[Soft[Product], ...]] = None


class Unsupported(Part):
    type: Soft[Kind] = None


class Body(Part):
    """What a message says: under the name of its type."""

    type: Kind
    text: Soft[Text] = None
    image: Soft[Media] = None
    video: Soft[Media] = None
    audio: Soft[Media] = None
    voice: Soft[Media] = None
    document: Soft[Media] = None
    sticker: Soft[Media] = None
    location: Soft[Location] = None
    contacts: Soft[tuple[Soft[Card], ...]] = None
    button: Soft[Button] = None
    interactive: Soft[Interactive] = None
    order: Soft[Order] = None
    unsupported: Soft[Unsupported] = None


class Context(Part):
    """The message that is answered; without an id where a message was only forwarded."""

    id: Soft[ProviderId] = None


class Edit(Part):
    original_message_id: ProviderId
    message: Body


class Revoke(Part):
    original_message_id: ProviderId


class Message(Body):
    """group_id: of a message in a group."""

    id: ProviderId
    timestamp: Seconds
    sender: Soft[ProviderId] = Field(None, alias="from")
    from_user_id: Soft[ProviderId] = None
    group_id: object = None
    context: Soft[Context] = None
    edit: Soft[Edit] = None
    revoke: Soft[Revoke] = None


class ErrorData(Part):
    details: Soft[Words] = None


class Error(Part):
    """Why a message failed."""

    code: Annotated[int, Field(ge=0, le=10**9)]
    title: Soft[Words] = None
    error_data: Soft[ErrorData] = None


class Status(Part):
    """What became of a message of ours. recipient_type: `group` of one to a group, whose id then is
    the recipient's. biz_opaque_callback_data: our id of the reply."""

    id: ProviderId
    status: Kind
    timestamp: Seconds
    recipient_id: Soft[ProviderId] = None
    recipient_user_id: Soft[ProviderId] = None
    recipient_type: Soft[Kind] = None
    biz_opaque_callback_data: Soft[Id] = None
    errors: Soft[tuple[Soft[Error], ...]] = None
