"""The widget's built files: `/chat/widget.js` and what it loads, and the demo page where a setting
says so."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

CACHE_SECONDS: Final = 300

_FILE: Final = re.compile(r"[a-z0-9][a-z0-9._-]*\.(js|css|map|svg)", re.ASCII)
_MEDIA: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".html": "text/html",
}
_HEADERS: Final = {
    "Cache-Control": f"public, max-age={CACHE_SECONDS}",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def widget_routes(folder: Path, *, demo: bool) -> Sequence[Route]:
    """A folder or file that is not there is answered 404, at each request."""

    async def file(request: Request) -> Response:
        name = request.path_params["name"]
        return _served(folder / name) if _FILE.fullmatch(name) else _missing()

    async def page(_request: Request) -> Response:
        return _served(folder / "demo.html") if demo else _missing()

    return [Route("/chat/demo", page), Route("/chat/{name}", file)]


def _served(path: Path) -> Response:
    if not path.is_file():
        return _missing()
    return FileResponse(path, media_type=_MEDIA[path.suffix], headers=_HEADERS)


def _missing() -> Response:
    return PlainTextResponse("not found\n", status_code=404)
