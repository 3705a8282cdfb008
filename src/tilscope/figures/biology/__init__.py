"""Genes, pathways, cells and molecules beside the score."""
