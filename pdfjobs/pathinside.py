"""A file's path inside a run's folder, as a part of an address."""


class PathInside:
    """Like Django's `path`, but of any characters: solvers may call their files with line ends in the name."""

    regex = "(?s:.+)"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
