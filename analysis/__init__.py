"""What was learned: experiments, the leaderboard, reports, plots, measurements of the platform; commands on top."""
