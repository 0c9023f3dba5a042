"""What decks hold, so that two of them can be compared without opening them."""

from django.db import models

from pdfjobs.models.job import Job


class DeckCards(models.Model):
    """The cards of a job's deck with its includes, as `workers/decks/cards.py` sums them up."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="cards")
    reader_version = models.PositiveIntegerField()
    """Of the reading; what an earlier one read is read again."""
    data = models.BinaryField()
    """zlib over JSON; of a deck that could not be read, `trouble` in it says why."""
    made_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"cards of {self.job_id}"
