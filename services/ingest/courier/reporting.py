"""What becomes of a reply, as the event that says so."""

from services.ingest.courier.delivery import Delivery, State
from services.ingest.courier.receipts import Became
from shared.contracts import wrap
from shared.contracts.delivery_reported_v1 import DeliveryReported
from shared.messaging.records import Outgoing, outgoing
from shared.runtime.clock import utc


def report_of(delivery: Delivery, *, now: float) -> Outgoing:
    """Of a delivery that is over. Its id follows from the reply: told twice, it is one event."""
    status = "sent" if delivery.state is State.SENT else "failed"
    event = DeliveryReported(
        reply=delivery.reply,
        channel=delivery.channel,
        account=delivery.account,
        sender=delivery.recipient,
        status=status,
        at=utc(now),
        provider_id=delivery.provider_ids[-1] if delivery.provider_ids else None,
        error=delivery.error if delivery.state is State.FAILED else None,
        in_doubt=delivery.in_doubt,
    )
    id = f"{delivery.reply}:{status}"
    envelope = wrap(event, id=id, at=utc(now), cause=delivery.reply, correlation=delivery.ticket)
    return outgoing(envelope, _headers(delivery))


def news_of(delivery: Delivery, became: Became, *, now: float) -> Outgoing:
    """What its provider said of it. Its id follows from that: told twice, it is one event."""
    event = DeliveryReported(
        reply=delivery.reply,
        channel=delivery.channel,
        account=delivery.account,
        sender=delivery.recipient,
        status=became.status,
        at=utc(became.at),
        provider_id=became.provider_id,
        error=(became.error or None) if became.status == "failed" else None,
    )
    id = f"{delivery.reply}:{became.status}:provider"[-512:]
    envelope = wrap(event, id=id, at=utc(now), cause=delivery.reply, correlation=delivery.ticket)
    return outgoing(envelope, _headers(delivery))


def _headers(delivery: Delivery) -> tuple[tuple[str, bytes], ...]:
    return (("channel", delivery.channel.encode()), ("account", delivery.account.encode()))
