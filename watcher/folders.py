"""The folders of one root as last seen: what lies in them, when something changed, what was handed over of them."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from watcher.digest import MODULUS

NEVER = float("-inf")


@dataclass(slots=True)
class Folder:
    """One folder; small, since there are a hundred thousand of them."""

    digest: int = 0
    """Of the files that were handed over, as the memory counts it."""
    files: int = 0
    mtime_ns: int = 0
    """Of the folder itself, when it was last listed."""
    changed_at: float = NEVER
    """Monotonic time of the last change that was seen, or that the files' own times tell; NEVER: not listed yet."""
    children: set[str] | None = None
    """Names of its subfolders; None without any."""

    def count(self, before: int, after: int) -> None:
        """A file's part of the digest has changed."""
        self.digest = (self.digest - before + after) % MODULUS


@dataclass
class Folders:
    """All known folders of a root, by path; "" is the root itself."""

    _known: dict[str, Folder] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, path: str) -> bool:
        return path in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._known))

    def has_files(self) -> bool:
        """Whether any of them holds files that were handed over."""
        return any(folder.digest for folder in self._known.values())

    def get(self, path: str) -> Folder | None:
        return self._known.get(path)

    def add(self, path: str, digest_of: Callable[[str], int] = lambda path: 0) -> Folder:
        """The folder; made known, to its parents too, at first sight: then theirs are asked for their digests."""
        known = self._known.get(path)
        if known is not None:
            return known
        folder = self._known[path] = Folder(digest_of(path))
        while path:
            path, _, name = path.rpartition("/")
            above = self._known.get(path)
            is_new = above is None
            if above is None:
                above = self._known[path] = Folder(digest_of(path))
            if above.children is None:
                above.children = set()
            above.children.add(name)
            if not is_new:
                break
        return folder

    def below(self, path: str) -> list[str]:
        """The known folders in it, itself first; costs what they are, not what all are."""
        found = [path] if path in self._known else []
        for one in found:
            found += [join(one, name) for name in self._known[one].children or ()]
        return found

    def remove(self, path: str) -> list[str]:
        """Forgets a folder and all in it; those forgotten."""
        gone = self.below(path)
        for one in gone:
            del self._known[one]
        if gone and path:
            parent, _, name = path.rpartition("/")
            above = self._known.get(parent)
            if above is not None and above.children is not None:
                above.children.discard(name)
                above.children = above.children or None
        return gone


def join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def is_below(folder: str, tops: Collection[str]) -> bool:
    """Whether it is one of them or lies in one; everything lies in the root, ""."""
    return bool(tops) and any(
        not top or folder == top or folder.startswith(f"{top}/") for top in tops
    )
