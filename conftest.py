"""Fixtures every suite may use: a real PostgreSQL and a real NATS. One profile for every property."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["mxc.testing.postgres", "mxc.testing.nats"]

# A busy machine is not a counterexample.
settings.register_profile("mxc", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mxc")
