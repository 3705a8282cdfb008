"""Expression matrices on their way in: who is who, the scale, counts."""
