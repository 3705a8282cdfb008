"""Print the tables of ``docs/faults.md``: ``python -m tests.integration.faults`` in the repository's root."""

from . import expression, fits, gene_sets, imaging, roi, signatures
from .records import rows

print("\n".join(rows(imaging.FAULTS | roi.FAULTS, (*imaging.CASES, *roi.CASES))))
print("\n".join(rows(expression.FAULTS, expression.CASES)))
print("\n".join(rows(fits.FAULTS, fits.CASES)))
print("\n".join(rows(gene_sets.FAULTS, gene_sets.CASES)))
print("\n".join(rows(signatures.FAULTS, signatures.CASES)))
