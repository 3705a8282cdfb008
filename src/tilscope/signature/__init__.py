"""Room: signature."""
