"""The pages: overview, one page per patient, pictures, the report, and the one request that writes."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, cast

from jinja2 import Environment
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tilscope import figures
from tilscope.report.rendering import environment
from tilscope.review.cases import Case, known_keys, read_case, read_cases
from tilscope.review.progress import Progress
from tilscope.review.ratings import MAX_NOTE_LENGTH, Rating, RatingBook, RatingWord, one_line
from tilscope.review.safe_files import find_file
from tilscope.study import Study
from tilscope.vocabulary import StudyError, TilscopeError

STATIC = Path(__file__).parent / "static"
SHARED = Path(figures.__file__).parent / "static"  # the report's pages use these, too
SHARED_NAMES = ("flicker.js", "flicker.css")
MEDIA_TYPES = {
    ".css": "text/css",
    ".csv": "text/csv",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
}
NOT_FOUND = "There is nothing here."
STALE = "The pictures have changed since this page was opened. Reload it and look again."


class RatingRequest(BaseModel):
    """What the page sends."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rating: RatingWord
    note: Annotated[str, Field(max_length=MAX_NOTE_LENGTH)] = ""
    qc_sha256: str


class Pages:
    """The handlers of one study.

    Parameters
    ----------
    study : Study
        The study that is looked at.
    form_token : str
        Secret that the pages carry for ratings.
    today : callable, optional
        Gives the date of a rating.
    """

    def __init__(self, study: Study, form_token: str, today: Callable[[], date] = date.today) -> None:
        self._study = Study(study.root.resolve())
        self._book = RatingBook(self._study)
        self._form_token = form_token
        self._today = today

    def application(self) -> Starlette:
        """Return the application; it must stand behind a `Guard`."""
        app = Starlette(
            routes=[
                Route("/", self.overview),
                Route("/patients/{key}", self.patient),
                Route("/patients/{key}/rating", self.rate, methods=["POST"]),
                Route("/pictures/{key}/{name}", self.picture),
                Route("/report/{path:path}", self.report),
                Route("/static/{name}", self.static),
            ],
            exception_handlers={
                HTTPException: self._http_error,
                TilscopeError: self._told_error,
                Exception: self._surprise,
            },
        )
        app.router.redirect_slashes = False
        return app

    def overview(self, request: Request) -> Response:
        """Show every patient and how far the review is."""
        return self._page("overview.html", progress=self._progress())

    def patient(self, request: Request) -> Response:
        """Show one patient's pictures, measures and rating."""
        progress = self._progress()
        case = _known(progress, request)
        return self._page("patient.html", progress=progress, case=case, max_note=MAX_NOTE_LENGTH)

    def picture(self, request: Request) -> Response:
        """Send one picture of one patient."""
        key, name = request.path_params["key"], request.path_params["name"]
        if key not in known_keys(self._study) or name not in _files(read_case(self._study, key, None)):
            raise HTTPException(404, NOT_FOUND)
        return _send(self._study.root, f"derivatives/qc/{key}/{name}")

    def report(self, request: Request) -> Response:
        """Send a file of the static report."""
        relative = request.path_params["path"] or "index.html"
        if relative == "index.html" and not self._study.report_file.is_file():
            raise HTTPException(404, "There is no report yet. Make it with: tilscope run")
        return _send(self._study.root, f"report/{relative}")

    def static(self, request: Request) -> Response:
        """Send the style sheet or the script."""
        name = request.path_params["name"]
        return _send(SHARED if name in SHARED_NAMES else STATIC, name)

    async def rate(self, request: Request) -> Response:
        """Store a rating and say where to go next."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(415, "A rating is sent as application/json.")
        try:
            wanted = RatingRequest.model_validate_json(await request.body())
        except ValidationError as error:
            places = ", ".join(".".join(map(str, e["loc"])) or "the whole" for e in error.errors())
            raise HTTPException(422, f"This is not a rating: look at {places}.") from error
        return await run_in_threadpool(self._store, request, wanted)

    def _store(self, request: Request, wanted: RatingRequest) -> Response:
        case = _known(self._progress(), request)
        if not case.is_ratable:
            raise HTTPException(409, "This patient has no pictures to rate.")
        if wanted.qc_sha256 != case.qc_sha256:
            raise HTTPException(409, STALE)
        note, today = one_line(wanted.note), self._today().isoformat()
        self._book.save(Rating(case.key, wanted.rating, note, today, case.qc_sha256))
        progress = self._progress()
        return JSONResponse(
            {
                "n_rated": progress.n_rated,
                "n_ratable": progress.n_ratable,
                "next": progress.next_open(case.key),
            }
        )

    def _progress(self) -> Progress:
        return Progress(read_cases(self._study, self._book.read()))

    def _page(self, template: str, status: int = 200, **content: object) -> Response:
        text = _environment().get_template(template).render(form_token=self._form_token, **content)
        return HTMLResponse(text, status)

    def _problem(self, request: Request, status: int, message: str) -> Response:
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse(message, status)
        return self._page("message.html", status, progress=None, message=message)

    def _http_error(self, request: Request, error: Exception) -> Response:
        told = cast(HTTPException, error)
        message = NOT_FOUND if told.detail == "Not Found" else told.detail
        return self._problem(request, told.status_code, message)

    def _told_error(self, request: Request, error: Exception) -> Response:
        return self._problem(request, 500, str(_without_folder(error)))

    def _surprise(self, request: Request, error: Exception) -> Response:
        """Tell only the kind and the place: the text of an error may quote patients' data."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
        return self._problem(request, 500, f"RUN-78: this page stopped unexpectedly, found {place}.")


def _without_folder(error: Exception) -> Exception:
    """Keep only the name of the file that an error tells of: folders may name patients."""
    if isinstance(error, StudyError) and error.file is not None:
        error.file = Path(error.file).name
    return error


def _known(progress: Progress, request: Request) -> Case:
    case = progress.cases.get(request.path_params["key"])
    if case is None:
        raise HTTPException(404, NOT_FOUND)
    return case


def _files(case: Case) -> frozenset[str]:
    return frozenset(picture.file for picture in case.pictures)


def _send(root: Path, relative: str) -> Response:
    file = find_file(root, relative)
    media_type = MEDIA_TYPES.get(Path(relative).suffix)
    if file is None or media_type is None:
        raise HTTPException(404, NOT_FOUND)
    return Response(file.read_bytes(), media_type=media_type)


@cache
def _environment() -> Environment:
    pages = environment("tilscope.review")
    pages.filters["fixed"] = lambda value, digits=2: "–" if value is None else f"{value:.{digits}f}"
    return pages
