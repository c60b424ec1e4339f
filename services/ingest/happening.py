"""What comes in at a door: what a customer did, or what became of a message to one."""

from typing import TypeAlias

from shared.contracts.inbound import InboundEvent
from shared.contracts.provider_status_v1 import ProviderStatus

Happening: TypeAlias = InboundEvent | ProviderStatus
