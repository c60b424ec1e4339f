"""A notifier says which agents of a desk are connected to it."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.base import Id
from shared.contracts.desk_input import DeskInput


class NotifierHeartbeat(DeskInput):
    """Presence by state: the list replaces whatever this notifier said before about this desk.

    notifier: a new id at each start of the process.
    agents: those with at least one live, authenticated socket.
    period_seconds: the next heartbeat comes within this time, or the notifier is taken for gone.
    """

    TYPE: ClassVar[str] = "NotifierHeartbeat"

    notifier: Id
    agents: tuple[Id, ...]
    period_seconds: Annotated[float, Field(gt=0, le=300)]
