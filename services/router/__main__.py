"""`python -m services.router`: settings, app, run."""

import sys

from services.router.app import compose
from services.router.settings import RouterSettings
from shared.runtime import failpoints, logging
from shared.runtime.lifecycle import Lifecycle, run


def main() -> int:
    """Serve until told to stop; the exit code."""
    settings = RouterSettings()
    logging.configure(service="router", level=settings.log_level)
    failpoints.arm(settings.failpoint)

    async def start(lifecycle: Lifecycle) -> None:
        await compose(lifecycle, settings=settings)

    return run(start)


if __name__ == "__main__":
    sys.exit(main())
