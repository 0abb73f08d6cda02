"""Pages derived from the catalogue: a list, a page per row, forms, exports. A domain's own page wins."""
