"""The race of the finalists (`finalist`): who goes on (`elimination`), which of equals is taken (`speed`)."""
