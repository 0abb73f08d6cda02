"""Derived facts become actions: `@when` reactions, `@on` inboxes, the decision ledger."""
