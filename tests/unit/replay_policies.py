"""A policy, and candidates for its place."""

LIVE = """
version: 7
channels: [web]
tiers: [standard]
priorities: {1: 1.0}
priority: 1
urgent: 1
accounts:
  - {channel: "*", account: "*", brand: acme, desk: main}
desks:
  main:
    offer: 20s
    skip: 60s
    silence: 1d
    wrap_up: 0s
    languages: {ru: 3, lt: 3}
    default_language: ru
    otherwise: general
    queues:
      general: {targets: {"*": 60s}}
"""
FALLBACK = LIVE.replace("version: 7", "version: 8").replace(
    "    otherwise", "    fallbacks: {lt: {ru: 30s}}\n    otherwise"
)
HASTY = LIVE.replace("version: 7", "version: 8").replace("offer: 20s", "offer: 5s")
