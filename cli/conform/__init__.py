"""`croupier conform`: does a running system, or an integration, keep to docs/contracts.md?"""
