"""What goes wrong is a sentence for the reader, not a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from aiokafka.errors import KafkaError

from deploy.stack import StackError
from services.router.policy.errors import FileInvalid
from shared.messaging.records import PublishFailed
from shared.store.errors import StoreError


class Trouble(Exception):
    """A command cannot be carried out; the text says why and what to do."""


@contextmanager
def told_plainly() -> Iterator[None]:
    """Ends the command with exit code 1 for what users can mend."""
    try:
        yield
    except (Trouble, StackError, FileInvalid) as error:
        _end(str(error), error)
    except (PublishFailed, KafkaError) as error:
        _end(f"the broker does not answer: {error}", error)
    except StoreError as error:
        _end(f"the store does not answer: {error}", error)


def _end(sentence: str, error: Exception) -> None:
    typer.secho(sentence, fg="red", err=True)
    raise typer.Exit(1) from error
