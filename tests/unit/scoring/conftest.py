from hypothesis import settings

# The same examples on every machine and in every run: a failure seen once can be seen again.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("repeatable")
