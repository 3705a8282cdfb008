"""Room: biology."""
