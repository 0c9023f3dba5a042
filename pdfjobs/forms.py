"""What people type into the pages, checked before a service sees it."""

import re
from typing import Any

from django import forms

from pdfjobs.listing.params import SORTS, ListParams
from pdfjobs.listing.words import STATUS_WORDS
from pdfjobs.models import ANALYSIS_STATUSES, ASSESSMENTS, STATUSES, Job
from pdfjobs.services.review import current_review, version_of
from pdfjobs.templatetags.diary import ANALYSIS_WORDS, ASSESSMENT_WORDS

MOST_NUMBER = 2**63 - 1
"""What the database holds."""
SWITCHES = ("mine", "review", "warned", "show_obsolete")


class ListForm(forms.Form):
    """What narrows, orders and shapes the job list; everything may be left out."""

    q = forms.CharField(required=False, max_length=1000)
    status = forms.CharField(required=False, max_length=16)
    user = forms.CharField(required=False, max_length=150, strip=False)
    project = forms.CharField(required=False, max_length=200, strip=False)
    solver = forms.CharField(required=False, max_length=64)
    analysis = forms.CharField(required=False, max_length=16)
    assessment = forms.CharField(required=False, max_length=16)
    tag = forms.CharField(required=False, max_length=50)
    cause = forms.CharField(required=False, max_length=40)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    mine = forms.BooleanField(required=False)
    review = forms.BooleanField(required=False)
    warned = forms.BooleanField(required=False)
    show_obsolete = forms.BooleanField(required=False)
    sort = forms.ChoiceField(
        required=False, choices=[(f"{sign}{name}", name) for name in SORTS for sign in ("", "-")]
    )
    shape = forms.ChoiceField(required=False, choices=[("cards", "cards")])
    columns = forms.CharField(required=False, max_length=500)
    page = forms.IntegerField(required=False, min_value=1, max_value=MOST_NUMBER // 100)
    after = forms.IntegerField(required=False, min_value=0, max_value=MOST_NUMBER)
    before = forms.IntegerField(required=False, min_value=0, max_value=MOST_NUMBER)

    def params(self) -> ListParams:
        """The parameters; one that cannot be read counts as not given. Mere presence is a yes, as it ever was."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        given |= {name: True for name in SWITCHES if name in self.data}
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
