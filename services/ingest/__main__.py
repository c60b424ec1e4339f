"""`python -m services.ingest`: settings, then app, then run."""

import sys
from functools import partial

from services.ingest import app
from services.ingest.courier import app as courier
from services.ingest.settings import IngestSettings
from shared.runtime import failpoints
from shared.runtime.lifecycle import run
from shared.runtime.logging import configure


def main() -> int:
    """Exit code of the service."""
    settings = IngestSettings()
    configure(service="ingest", level=settings.log_level)
    failpoints.arm(settings.failpoint)
    compose = courier.compose if settings.ingest_role == "courier" else app.compose
    return run(partial(compose, settings=settings))


if __name__ == "__main__":
    sys.exit(main())
