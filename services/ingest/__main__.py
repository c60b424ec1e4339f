"""`python -m services.ingest`: settings, then app, then run."""

import sys
from functools import partial
from typing import Final

from services.ingest import app
from services.ingest.courier import app as courier
from services.ingest.lobby import app as lobby
from services.ingest.poller import app as poller
from services.ingest.settings import IngestSettings
from shared.runtime import failpoints
from shared.runtime.lifecycle import run
from shared.runtime.logging import configure

_COMPOSE: Final = {
    "doors": app.compose,
    "courier": courier.compose,
    "lobby": lobby.compose,
    "poller": poller.compose,
}


def main() -> int:
    """Exit code of the service."""
    settings = IngestSettings()
    configure(service="ingest", level=settings.log_level)
    failpoints.arm(settings.failpoint)
    return run(partial(_COMPOSE[settings.ingest_role], settings=settings))


if __name__ == "__main__":
    sys.exit(main())
