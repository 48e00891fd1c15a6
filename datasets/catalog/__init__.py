"""Which datasets there are: one row each, with files, checksums, licence and protocols. Cheap to import."""
