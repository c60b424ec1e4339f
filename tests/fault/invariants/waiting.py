"""I5: once all is healed, a ticket is dealt within a bound: somebody who may take it is always
there in these tests."""

from collections import defaultdict
from collections.abc import Iterator

from shared.contracts.ticket_changed_v1 import Step, TicketChanged
from tests.fault.history import History
from tests.fault.invariants.story import first_told

BOUND_SECONDS = 20.0
"""Session timeout (4), the store's transaction lifetime (5), an offer that passes (3), and room
for a slow machine."""


def waiting(history: History) -> Iterator[str]:
    steps: dict[str, list[Step]] = defaultdict(list)
    for event in first_told(history):
        if isinstance(event.data, TicketChanged):
            steps[event.data.ticket].extend(event.data.steps)
    for ticket, edges in steps.items():
        queued_at: float | None = None
        for edge in edges:
            at = edge.at.timestamp()
            if queued_at is not None and at - max(queued_at, history.healed_at) > BOUND_SECONDS:
                yield f"I5: {ticket} waited {at - queued_at:.1f} s until {edge.on}"
            queued_at = at if edge.to_state == "queued" else None
        if queued_at is not None:
            yield f"I5: {ticket} was never dealt again"
