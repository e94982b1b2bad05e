"""What the model does not get to see, counted before step 1."""
