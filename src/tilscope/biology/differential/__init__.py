"""Differential expression: linear models with empirical Bayes, as limma."""
