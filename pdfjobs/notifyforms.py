"""What people say of how to reach them and of what they follow, checked before a service sees it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from pdfjobs.models import EVENTS
from pdfjobs.notify import addresses
from pdfjobs.notify.errors import AddressError

EVENT_WORDS = {
    "ended": gettext_lazy("ended"),
    "failed": gettext_lazy("failed"),
    "warning": gettext_lazy("early warning"),
    "assigned": gettext_lazy("review asked of me"),
}
HOURS = [("", gettext_lazy("no digest")), *((str(hour), f"{hour:02}:00") for hour in range(24))]
MOST_NUMBER = 2**63 - 1


class ChannelForm(forms.Form):
    """A new way to reach a person; `address` becomes what was understood of it."""

    address = forms.CharField(max_length=addresses.MOST, strip=True)
    name = forms.CharField(max_length=100, required=False)
    zone = forms.CharField(max_length=64, required=False)

    def clean_address(self) -> addresses.Address:
        try:
            return addresses.understand(self.cleaned_data["address"])
        except AddressError as error:
            raise forms.ValidationError(str(error)) from None


class ChannelSettingsForm(forms.Form):
    """What may be changed of it: the address is never shown again, so not that."""

    name = forms.CharField(max_length=100, required=False)
    digest_hour = forms.TypedChoiceField(
        choices=HOURS, required=False, coerce=int, empty_value=None
    )
    zone = forms.CharField(max_length=64, required=False)


class FollowForm(forms.Form):
    """What is followed, by which way, and what of it."""

    channel = forms.IntegerField(required=False, min_value=1, max_value=MOST_NUMBER)
    job = forms.IntegerField(required=False, min_value=0, max_value=MOST_NUMBER)
    project = forms.CharField(required=False, max_length=200, strip=False)
    view = forms.IntegerField(required=False, min_value=1, max_value=MOST_NUMBER)
    events = forms.MultipleChoiceField(
        required=False, choices=[(event, EVENT_WORDS[event]) for event in EVENTS]
    )
    daily = forms.BooleanField(required=False)

    def target(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("job", "project", "view")}
