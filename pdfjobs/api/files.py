"""The files of a job's run."""

from typing import Any, cast

from django.http import HttpRequest
from ninja import Router

from pdfjobs import access, jobfiles, names, queries
from pdfjobs.api.asking import person
from pdfjobs.api.schemas import FileOut
from pdfjobs.views import downloads
from pdfjobs.views.request import Request

router = Router(tags=["files"])


@router.get("/{int:number}/files", response=list[FileOut], summary="Files of the run's folder")
def list_files(request: HttpRequest, number: int) -> Any:
    """Hidden ones are left out."""
    run = queries.current_run(access.job_for(person(request), number))
    if run is None:
        return []
    return [
        {
            "path": names.to_stored(entry.path),
            "size": entry.size,
            "modified_at": entry.written_at,
        }
        for entry in jobfiles.list_files(run.root, names.from_stored(run.folder))
    ]


@router.get("/{int:number}/files/{path:path}", summary="One file, as it is")
def download(request: HttpRequest, number: int, path: str) -> Any:
    """As the page's download: whole, or the part that the header Range asks for."""
    return downloads.raw(cast(Request, request), number, path)
