"""From a policy to the rules of a shard."""

from services.router.dealer.setting import Ruling
from services.router.domain.rules import DeskRules
from services.router.policy import Policy
from shared.messaging.partition import partition_of


def ruling_of(policy: Policy) -> Ruling:
    """A policy, as a dealer needs it."""
    return Ruling(policy.version, lambda shard, shards: rules_of(policy, shard, shards))


def rules_of(policy: Policy, shard: int, shards: int) -> tuple[DeskRules, ...]:
    """Rules of the desks whose key falls on this shard."""
    return tuple(
        policy.rules_for(desk)
        for desk in policy.desks()
        if partition_of(desk.encode(), shards) == shard
    )
