"""The report of a search: read what was recorded, say it in sections, write one HTML file."""
