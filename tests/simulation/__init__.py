"""The deterministic simulation (tier T0).

The real sorter, dealer, core, notifier desk and store adapters run over a simulated clock, broker,
store and sockets. One seed decides everything: delays, lost answers, crashes, stopped processes,
what customers write and what agents do. `python -m tests.simulation --seed N` plays one seed again
and prints its history.
"""
