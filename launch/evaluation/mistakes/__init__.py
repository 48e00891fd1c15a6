"""What the winner gets wrong on rows that it did not see, and on what its scores depend.

`held_out` has the rows that the confirmation held out, with their scores; `worst_rows` those that are missed and the
most certain false alarms; `shares` what each column adds to their scores; `segments` where there are many; `effects`
which columns matter; `finding` does all of it.
"""
