"""Azure's side of the rules: one module per concern."""
