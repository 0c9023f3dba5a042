"""The run whose files a request asks for, and the way to one of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.http import Http404

from pdfjobs import access, jobfiles, names, queries
from pdfjobs.models import Job, Run
from pdfjobs.views.request import Request


class Place(NamedTuple):
    """A run of a job that the person sees."""

    job: Job
    run: Run

    @property
    def folder(self) -> str:
        return names.from_stored(self.run.folder)

    @property
    def asked(self) -> str:
        """What links to other files of the run carry on."""
        latest = queries.current_run(self.job)
        return "" if latest == self.run else f"run={self.run.ordinal}"

    @contextmanager
    def opened(self, path: str) -> Iterator[jobfiles.OpenFile]:
        """A file by its stored path; Http404 for whatever is not a regular file of this run."""
        try:
            with jobfiles.opened(self.run.root, self.folder, names.from_stored(path)) as file:
                yield file
        except jobfiles.NoSuchFileError as error:
            raise Http404("no such file in this run") from error


def place_of(request: Request, number: int) -> Place:
    """The job's latest run, or the one that `run` asks for by its number."""
    job = access.job_for(request.user, number)
    asked = request.GET.get("run", "")
    if asked:
        run = next((each for each in job.runs.all() if str(each.ordinal) == asked), None)
    else:
        run = queries.current_run(job)
    if run is None:
        raise Http404("no such run")
    return Place(job, run)
