"""Tables by name, tables of one's own, and what can be wrong with their columns and labels."""
