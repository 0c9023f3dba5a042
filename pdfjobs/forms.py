"""What people type into the pages, checked before a service sees it."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pdfjobs.listing.params import SORTS, ListParams
from pdfjobs.models import ANALYSIS_STATUSES, ASSESSMENTS, STATUSES, Job
from pdfjobs.reviewers import reviewers
from pdfjobs.services.review import MOST_TAG, current_review, tag_names, version_of
from pdfjobs.wording import ANALYSIS_WORDS, ASSESSMENT_WORDS, STATUS_NAMES, Words

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
    shape = forms.ChoiceField(required=False, choices=[("cards", "cards"), ("table", "table")])
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
    """A person's review of a job; fields that were not sent stay as they are."""

    status = forms.ChoiceField(
        required=False,
        choices=lambda: [("", _("leave as it is")), *_worded(STATUSES, STATUS_NAMES)],
        label=gettext_lazy("Set status by hand"),
    )
    analysis_status = forms.ChoiceField(
        choices=lambda: _worded(ANALYSIS_STATUSES, ANALYSIS_WORDS),
        label=gettext_lazy("Analysis"),
    )
    result_assessment = forms.ChoiceField(
        required=False,
        choices=lambda: _worded(ASSESSMENTS, ASSESSMENT_WORDS),
        label=gettext_lazy("Result"),
    )
    result_summary = forms.CharField(
        required=False,
        max_length=20_000,
        label=gettext_lazy("Summary"),
        widget=forms.Textarea(
            {"rows": 2, "placeholder": gettext_lazy("What came out, in a sentence or two")}
        ),
    )
    info = forms.CharField(
        required=False,
        max_length=100_000,
        label=gettext_lazy("Information"),
        widget=forms.Textarea(
            {"rows": 4, "placeholder": gettext_lazy("What changed against the base run, and why")}
        ),
    )
    tags = forms.CharField(
        required=False,
        max_length=2_000,
        label=gettext_lazy("Tags"),
        widget=forms.TextInput(
            {
                "placeholder": gettext_lazy("words, with commas between them"),
                "list": "tag-words",
                "autocomplete": "off",
            }
        ),
    )
    base_runs = forms.CharField(
        required=False,
        max_length=2_000,
        label=gettext_lazy("Base runs"),
        widget=forms.TextInput({"placeholder": gettext_lazy("job numbers, e.g. 1000001 1000007")}),
    )
    reviewer = forms.ChoiceField(required=False, label=gettext_lazy("Asked to look at it"))
    version = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, job: Job, **more: Any) -> None:
        super().__init__(*args, **more)
        known = reviewers(job)
        if job.reviewer and job.reviewer not in dict(known):  # the account has gone since
            known.append((job.reviewer, job.reviewer))
        self.fields["reviewer"].choices = [("", _("nobody")), *known]  # type: ignore[attr-defined]

    @classmethod
    def of(cls, job: Job) -> "ReviewForm":
        """The form as it is first shown."""
        return cls(initial={**current_review(job), "version": version_of(job)}, job=job)

    def clean_base_runs(self) -> list[int]:
        return job_numbers(self.cleaned_data["base_runs"])

    def clean_tags(self) -> list[str]:
        words = re.split(r"[,;\n]", self.cleaned_data["tags"])
        for word in words:
            if len(word.strip()) > MOST_TAG:
                raise forms.ValidationError(
                    _("“%(word)s” is too long: a tag has at most %(most)d letters.")
                    % {"word": word.strip(), "most": MOST_TAG}
                )
        return tag_names(self.cleaned_data["tags"])

    def changes(self) -> dict[str, Any]:
        """What the review service takes."""
        changes = {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "version" and name in self.data
        }
        if not changes.get("status"):
            changes.pop("status", None)
        return changes


def _worded(codes: Sequence[str], words: Words) -> list[tuple[str, str]]:
    return [(code, words[code]) for code in codes]


def job_numbers(text: str) -> list[int]:
    """The numbers in a text with blanks or commas between them; ValidationError for what is none."""
    numbers = []
    for word in re.split(r"[\s,;]+", text.strip()):
        if not word:
            continue
        if not re.fullmatch(r"[0-9]{1,19}", word) or int(word) > MOST_NUMBER:
            raise forms.ValidationError(_("“%(word)s” is no job number.") % {"word": word})
        numbers.append(int(word))
    return sorted(set(numbers))
