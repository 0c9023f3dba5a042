"""Stops an upload that is too large while it comes in, before it fills the disk."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest


class Quota(FileUploadHandler):
    """Lets at most so many bytes of files pass; `exceeded` tells that there were more."""

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self.most, self.seen, self.exceeded = most, 0, False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.seen += len(raw_data)
        if self.seen > self.most:
            self.exceeded = True
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """The handlers behind this one have the file."""


def limit(request: Any, most: int) -> Quota:
    """Puts a quota before whatever reads the request's body; call it before anything asks for POST or FILES."""
    quota = Quota(request, most)
    request.upload_handlers.insert(0, quota)
    return quota
