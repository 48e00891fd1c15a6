"""What can be searched on: a catalogue of datasets, their files, and the protocols that split them."""
