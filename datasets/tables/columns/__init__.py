"""What the columns of a user's table are: numbers in any spelling, dates, texts, and what is no feature."""
