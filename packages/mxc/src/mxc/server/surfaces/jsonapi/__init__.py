"""`/api/v2`: JSON:API 1.1 for every resource, derived from the specs. It knows no domain."""
