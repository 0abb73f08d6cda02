"""Tenants: who shares an installation without ever seeing one another."""
