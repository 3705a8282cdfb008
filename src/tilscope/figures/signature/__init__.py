"""How the signature came about and how well it does."""
