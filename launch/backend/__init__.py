"""All of Ray: the engines that run trials and jobs, clusters, and jobs that are submitted to one.

`engine` is the protocol, `ray_engine` and `local` keep it; `searcher`, `asha` and `watchdog` are
what Ray Tune is given. What Ray does not promise to keep stands in `ray_private`.
"""
