"""Something was added to a ticket's conversation."""

from typing import ClassVar

from shared.contracts.announcement import Announcement


class MessageAdded(Announcement):
    """`entry` is what was added: a message, an edit, a departure."""

    TYPE: ClassVar[str] = "MessageAdded"
