"""Sets of genes: coverage, over-representation, enrichment, single-sample scores."""
