"""A desk's past on the same core: recorded turns again, as they were or under other rules."""
