"""What reports are made from: versions, runs, their books and a sample of their rows."""
