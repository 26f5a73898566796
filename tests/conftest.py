"""What holds for every test."""

from hypothesis import HealthCheck, settings

# The same examples on every machine and in every run: a failure seen once can be seen again. And
# no deadline: a busy machine is no bug.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")
