"""What the router is told from outside."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from shared.runtime.settings import Port, ServiceSettings


class RouterSettings(ServiceSettings):
    """`CROUPIER_ROUTER_*`."""

    router_role: Literal["both", "sorter", "dealer", "recorder"] = Field(
        "both", description="What this process does, both: all of it; each part scales by itself."
    )
    router_policy: Path = Field(Path("deploy/policy/betting.yaml"), description="The policy file.")
    router_host: str = Field("127.0.0.1", description="Where health and metrics are served.")
    router_port: Port = Field(8081, description="0 takes a free one.")
    router_driver: Literal["motor", "pymongo"] = Field(
        "pymongo", description="The MongoDB driver; both pass the same suite."
    )
    router_publish_timeout_seconds: float = Field(
        5.0, gt=0, le=60, description="For the broker to confirm, before a new producer is made."
    )
    router_session_seconds: float = Field(
        10.0, ge=2, le=60, description="Silence after which the broker gives our partitions away."
    )
    router_group_suffix: str = Field("", description="Appended to the consumer groups; for tests.")
    router_decisions_days: float = Field(
        30.0, gt=0, le=3650, description="How long decisions are kept, for explanations."
    )

    @property
    def drain_seconds(self) -> float:
        """For the work at hand when partitions go: no heartbeat is sent meanwhile, so it is half
        of the session."""
        return self.router_session_seconds / 2
