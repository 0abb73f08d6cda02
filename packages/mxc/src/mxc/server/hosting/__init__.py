"""What a domain may say about how it is reached: calls, exposures, pages. No domain or surface is known."""
