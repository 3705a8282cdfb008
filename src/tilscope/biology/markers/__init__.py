"""Published gene lists and signatures, each with its source."""
