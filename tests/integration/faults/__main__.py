"""Print the table of ``docs/faults.md``: ``python -m tests.integration.faults`` in the repository's root."""

from . import imaging, roi
from .records import rows

print("\n".join(rows(imaging.FAULTS | roi.FAULTS, (*imaging.CASES, *roi.CASES))))
