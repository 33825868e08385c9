"""How dates are written in templates: the same everywhere, and without guessing which number is the month."""
