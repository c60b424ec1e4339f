"""How good the dealing is: five days of work, each dealt by Croupier and by its peers' rules, and
two bounds that nobody can beat. `python -m tests.bench.routing`; docs/routing-quality.md."""
