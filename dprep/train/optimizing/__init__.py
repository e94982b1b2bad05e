"""Optimisers, schedules, groups of weights, what stays frozen."""
