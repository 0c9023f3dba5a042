"""What intake refuses and tasks give up on; the texts are for people: file, place, remedy."""


class WorkError(Exception):
    """Base of this room's errors."""


class RefusedDropError(WorkError):
    """A dropped thing cannot become a job; it is kept, with this reason."""
