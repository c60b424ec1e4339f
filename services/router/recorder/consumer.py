"""Kafka in, for the recorder.

Reads `support.events.v1`; writes `decisions`, or a dead letter. Delivery: at least once; an event
is known by its id, so a repetition leaves one document. Order: none is needed, for a reader sorts
by the tickets' versions. It is on nobody's way: tickets are dealt whether or not it runs, and it
catches up from where it was.
"""

from services.router.recorder.handler import GROUP, Recorded, Recorder
from services.router.recorder.observer import TOPIC, Observer
from shared.messaging.batches import BatchService
from shared.messaging.subscription import Source
from shared.runtime.clock import Clock


class RecorderService(BatchService[Recorded]):
    """Feeds a recorder from Kafka."""

    def __init__(
        self, source: Source, *, recorder: Recorder, observer: Observer, clock: Clock
    ) -> None:
        super().__init__(
            source,
            topics=(TOPIC,),
            group=GROUP,
            handle=recorder.record,
            set_aside=recorder.set_aside,
            publisher=recorder.publisher,
            observer=observer,
            clock=clock,
        )
