"""The landscape of a cohort: groups compared, genes and features, clusters of tumours."""
