"""The race of the finalists: who goes on after each split (`elimination`), and which of equals is taken (`speed`)."""
