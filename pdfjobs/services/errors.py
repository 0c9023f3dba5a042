"""What a service refuses; the texts are for people, in their language."""

from django.utils.translation import gettext as _


class DiaryError(Exception):
    """Base of this room's errors."""


class RefusedError(DiaryError):
    """The act makes no sense now; the text says why and what would."""


class StaleReviewError(DiaryError):
    """Somebody else changed the review since the form was opened."""

    def __init__(self, current: dict[str, str]) -> None:
        super().__init__(
            _("Somebody else changed this review while you wrote; both texts are kept below.")
        )
        self.current = current
