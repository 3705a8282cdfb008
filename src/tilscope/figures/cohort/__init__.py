"""Who the patients are."""
