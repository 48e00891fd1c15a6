"""Models that are served: written, registered, found again, and put to work.

`model_folder` writes what a model needs to score, `registration` asks for it to be registered, `loading` finds it again
by any name and `trusted_code` says whether its code may run. `prediction` scores files, `scoring_server` requests,
`logged_trial` reads a trial back from the record to run it again.
"""
