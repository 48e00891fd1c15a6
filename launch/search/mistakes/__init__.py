"""Rows that the winner gets wrong: kept when a search ends (`keeping`), and shown later (`looking`)."""
