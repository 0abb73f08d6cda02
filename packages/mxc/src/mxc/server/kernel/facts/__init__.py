"""Rows as facts, one engine session per tenant: projector, clock, reservations, reconciler, feed."""
