"""A broker and a store to run against: embedded, native, docker or external."""

from deploy.stack.errors import StackError
from deploy.stack.kinds import choose, temporary
from deploy.stack.part import Part
from deploy.stack.stack import Kind, Stack

__all__ = ["Kind", "Part", "Stack", "StackError", "choose", "temporary"]
