"""From plans to specialised Python functions whose source carries the text of the rule."""
