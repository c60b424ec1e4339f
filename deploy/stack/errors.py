"""What can go wrong with a stack, told so that the reader knows what to do next."""


class StackError(Exception):
    """A stack cannot be built, started or reached; the message names the fix."""
