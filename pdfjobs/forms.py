"""What people type into the pages, checked before a service sees it."""

import re
from typing import Any

from django import forms

from pdfjobs.models import ANALYSIS_STATUSES, ASSESSMENTS, STATUSES, Job
from pdfjobs.queries import STATUS_WORDS, ListParams
from pdfjobs.services.review import current_review, version_of
from pdfjobs.templatetags.diary import ANALYSIS_WORDS, ASSESSMENT_WORDS

MOST_NUMBER = 2**63 - 1
"""What the database holds."""


class ListForm(forms.Form):
    """What narrows the job list; everything may be left out."""

    q = forms.CharField(required=False, max_length=200)
    status = forms.CharField(required=False, max_length=16)
    user = forms.CharField(required=False, max_length=150, strip=False)
    project = forms.CharField(required=False, max_length=200, strip=False)
    show_obsolete = forms.BooleanField(required=False)

    def params(self) -> ListParams:
        """The parameters; one that cannot be read counts as not given."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return ListParams(**given)


class ReviewForm(forms.Form):
    """A person's review of a job."""

    status = forms.ChoiceField(
        required=False,
        choices=[("", "leave as it is"), *((code, STATUS_WORDS[code]) for code in STATUSES)],
        label="Set status by hand",
    )
    analysis_status = forms.ChoiceField(
        choices=[(code, ANALYSIS_WORDS[code]) for code in ANALYSIS_STATUSES], label="Analysis"
    )
    result_assessment = forms.ChoiceField(
        required=False,
        choices=[(code, ASSESSMENT_WORDS[code]) for code in ASSESSMENTS],
        label="Result",
    )
    result_summary = forms.CharField(
        required=False,
        max_length=20_000,
        label="Summary",
        widget=forms.Textarea({"rows": 2, "placeholder": "What came out, in a sentence or two"}),
    )
    info = forms.CharField(
        required=False,
        max_length=100_000,
        label="Information",
        widget=forms.Textarea(
            {"rows": 4, "placeholder": "What changed against the base run, and why"}
        ),
    )
    base_runs = forms.CharField(
        required=False,
        max_length=2_000,
        label="Base runs",
        widget=forms.TextInput({"placeholder": "job numbers, e.g. 1000001 1000007"}),
    )
    version = forms.CharField(widget=forms.HiddenInput)

    @classmethod
    def of(cls, job: Job) -> "ReviewForm":
        """The form as it is first shown."""
        return cls(initial={**current_review(job), "version": version_of(job)})

    def clean_base_runs(self) -> list[int]:
        numbers = []
        for word in re.split(r"[\s,;]+", self.cleaned_data["base_runs"].strip()):
            if not word:
                continue
            if not re.fullmatch(r"[0-9]{1,19}", word) or int(word) > MOST_NUMBER:
                raise forms.ValidationError(f"“{word}” is no job number.")
            numbers.append(int(word))
        return sorted(set(numbers))

    def changes(self) -> dict[str, Any]:
        """What the review service takes."""
        changes = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        if not changes["status"]:
            del changes["status"]
        return changes
