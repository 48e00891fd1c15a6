"""All of Optuna: the study behind a search, its samplers and storages, and trials as the search knows them.

`study` asks and tells, `storage` makes a study or goes on with one, in a `journal_file` or a database.
What Optuna does not promise to keep stands in `optuna_private`.
"""
