"""Write docs/reference from the code: `python -m tools.docs`. A test fails when a page is stale."""
