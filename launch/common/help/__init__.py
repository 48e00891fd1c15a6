"""What a command says of itself: `page` for --help, `completion` for the shell, from the same list of options."""
