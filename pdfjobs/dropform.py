"""A deck that somebody hands in by page or API, checked before the service sees it."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pdfjobs import access
from pdfjobs.forms import job_numbers
from pdfjobs.models import IntakeRecord
from pdfjobs.services import upload

MOST_FILES = 1000


class DropForm(forms.Form):
    """One deck, or the files of one; several files without a `folder` are a deck each."""

    project = forms.CharField(required=False, max_length=200, label=gettext_lazy("Project"))
    info = forms.CharField(
        required=False,
        max_length=10_000,
        label=gettext_lazy("Information"),
        widget=forms.Textarea({"rows": 3}),
    )
    base_runs = forms.CharField(required=False, max_length=2000, label=gettext_lazy("Base runs"))
    folder = forms.CharField(required=False, max_length=200, label=gettext_lazy("Folder"))
    main = forms.CharField(
        required=False, max_length=255, label=gettext_lazy("Which file is the deck")
    )

    def clean_info(self) -> str:
        """Forms send lines as letters do; sidecars and the diary keep them as files do."""
        return str(self.cleaned_data["info"]).replace("\r\n", "\n")

    def clean_base_runs(self) -> list[int]:
        return job_numbers(self.cleaned_data["base_runs"])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        files = self.uploads()
        if not files:
            raise forms.ValidationError(_("No file came along: choose a deck or an archive."))
        if len(files) > MOST_FILES:
            raise forms.ValidationError(_("Too many files at once; pack them into an archive."))
        return said

    def uploads(self) -> "list[UploadedFile[bytes]]":
        files = self.files
        return list(files.getlist("deck")) if hasattr(files, "getlist") else []

    def hand_in(self, user: User, *, together: bool = False) -> list[IntakeRecord]:
        """Hands in what the form holds; ForbiddenError for a project, RefusedError for a name.

        `together`: several files are one drop also where no folder is named.
        """
        said, files = self.cleaned_data, self.uploads()
        access.start_in(user, said["project"])
        owner = user.get_username()
        wishes = upload.Wishes(
            said["project"], said["info"], tuple(said["base_runs"]), said["main"]
        )
        if said["folder"] or (together and len(files) > 1):
            folder = said["folder"] or _stem(files[0])
            named = self.data.getlist("paths") if hasattr(self.data, "getlist") else []
            paths = named if len(named) == len(files) else [file.name or "" for file in files]
            content: list[tuple[str, File[bytes], int]] = [
                (path, file, file.size or 0) for path, file in zip(paths, files, strict=True)
            ]
            return [upload.hand_in_folder(folder, content, owner=owner, wishes=wishes)]
        return [
            upload.hand_in_file(file.name or "", file, file.size or 0, owner=owner, wishes=wishes)
            for file in files
        ]


def _stem(file: "UploadedFile[bytes]") -> str:
    return (file.name or "deck").rpartition(".")[0] or file.name or "deck"
