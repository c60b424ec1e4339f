"""The policy: what a desk promises, who may do what, and how soon. Read from a file."""

from services.router.policy.board import Notice, PolicyBoard
from services.router.policy.errors import FileInvalid, Problem
from services.router.policy.load import load_policy, parse_policy
from services.router.policy.policy import DeskQueue, Placement, Policy, Route
from services.router.policy.roster import load_roster, parse_roster

__all__ = [
    "DeskQueue",
    "FileInvalid",
    "Notice",
    "Placement",
    "Policy",
    "PolicyBoard",
    "Problem",
    "Route",
    "load_policy",
    "load_roster",
    "parse_policy",
    "parse_roster",
]
