"""What every test can use."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.outcomes", "tests.planted", "tests.stacks", "tests.timeouts"]

# no test is timed: on a busy machine an example may take as long as it likes
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
