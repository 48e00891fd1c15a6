"""The leaderboard: entries from the store, cells over seeds, ranks, pages."""
