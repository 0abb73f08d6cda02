"""`/api`: derived from the specs of resources, plus the routes that domains write themselves."""
