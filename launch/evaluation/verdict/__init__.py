"""What a result is worth, in words: beside the published configuration, the simplest baseline and chance.

`baseline` says which detector that is, and its fits are among the refits; `sentences` puts the figures into words.
"""
