"""`python -m services.notifier`: settings, app, run."""

import sys

from services.notifier.app import compose
from services.notifier.settings import NotifierSettings
from shared.runtime import failpoints, logging
from shared.runtime.lifecycle import Lifecycle, run


def main() -> int:
    """Serve until told to stop; the exit code."""
    settings = NotifierSettings()
    logging.configure(service="notifier", level=settings.log_level)
    failpoints.arm(settings.failpoint)

    async def start(lifecycle: Lifecycle) -> None:
        await compose(lifecycle, settings=settings)

    return run(start)


if __name__ == "__main__":
    sys.exit(main())
