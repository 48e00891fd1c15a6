"""Folders of image files: what their names mean, which files are what, how the files are read."""
