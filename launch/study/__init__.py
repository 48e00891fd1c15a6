"""All of Optuna: the study behind a search, its samplers and storages, and trials as the search knows them.

`study` asks and tells, `opening` makes a study or goes on with one, `storage` and `journal_file` keep it.
What Optuna does not promise to keep stands in `optuna_private`.
"""
