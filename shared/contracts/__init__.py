"""The wire: every event that crosses a topic, one module per event version.

The services meet here and nowhere else.
"""

from shared.contracts.base import Contract, Envelope, Wire, encode, wrap
from shared.contracts.identity import Identity
from shared.contracts.registry import CONTRACTS, InvalidEvent, complaint, decode

__all__ = [
    "CONTRACTS",
    "Contract",
    "Envelope",
    "Identity",
    "InvalidEvent",
    "Wire",
    "complaint",
    "decode",
    "encode",
    "wrap",
]
