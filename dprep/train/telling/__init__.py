"""What is told of a run: its card, a row's prediction, the pages of keys."""
