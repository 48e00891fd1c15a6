"""What the sides of benchmarks run: functions that are called in a process of their own, and their pieces."""
