"""What a search is given: a dataset under a protocol, split, with its test rows under a seal."""
