"""The commands: each verb parses its words, calls one function of a lower storey, and says what to do next.

::

    app            the application, and words that verbs share
    study_verbs    init import check run status report review demo
    score_verbs    score
    audit_verbs    audit
    feature_verbs  extract doctor
    figure_verbs   figure
    map_verbs      maps
    segment_verbs  segment
    roi_verbs      export-seg
    export_verbs   export
    geneset_verbs  genesets add, fetch, list
    telling        what they print
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer
from typer.exceptions import TyperException

from tilscope.cli import (
    audit_verbs,
    export_verbs,
    feature_verbs,
    figure_verbs,
    geneset_verbs,
    map_verbs,
    roi_verbs,
    score_verbs,
    segment_verbs,
    study_verbs,
)
from tilscope.cli.app import app
from tilscope.cli.telling import EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_LOCKED, EXIT_REFUSED, err
from tilscope.vocabulary import TilscopeError

__all__ = ["app", "main"]

VERBS: dict[str, Callable[..., None]] = {
    "init": study_verbs.init,
    "import": study_verbs.import_,
    "segment": segment_verbs.segment,
    "check": study_verbs.check,
    "run": study_verbs.run,
    "status": study_verbs.status,
    "report": study_verbs.report,
    "figure": figure_verbs.figure,
    "review": study_verbs.review,
    "score": score_verbs.score,
    "audit": audit_verbs.audit,
    "extract": feature_verbs.extract,
    "maps": map_verbs.maps,
    "export": export_verbs.export,
    "export-seg": roi_verbs.export_seg,
    "doctor": feature_verbs.doctor,
    "demo": study_verbs.demo,
}
for name, verb in VERBS.items():
    app.command(name)(verb)
app.add_typer(geneset_verbs.genesets, name="genesets")


def _refusal_code(error: TilscopeError) -> int:
    from tilscope.study import StudyLockedError

    err.print(str(error), markup=False)
    return EXIT_LOCKED if isinstance(error, StudyLockedError) else EXIT_REFUSED


def _usage_code(error: TyperException) -> int:
    show = getattr(error, "show", None)
    if callable(show):
        show()
    else:
        err.print(str(error), markup=False)
    return error.exit_code


def main() -> None:
    """Run the command line; every fault ends in one line and its promised exit code."""
    try:
        code = app(standalone_mode=False)
    except TyperException as error:  # an unknown option, a missing argument
        code = _usage_code(error)
    except TilscopeError as error:
        code = _refusal_code(error)
    except (KeyboardInterrupt, typer.Abort):
        code = EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001  (the last door: no traceback with patients' data)
        from tilscope.pipeline import unexpected

        err.print(str(unexpected(error)), markup=False)
        code = EXIT_INTERNAL
    if code == EXIT_INTERRUPTED:
        err.print("Interrupted; the same command goes on from here.")
    sys.exit(code)
