"""What is kept of a FEBio log between two reads."""

from dataclasses import dataclass, field


@dataclass
class Facts:
    begun: bool = False
    """Whether the banner was seen."""
    version: str | None = None
    title: str | None = None
    ended: str | None = None
    killed: str | None = None
    crashed: str | None = None
    fatal: str | None = None
    """An error after which FEBio does not go on."""
    user_stop: str | None = None
    user_stop_line: int | None = None
    gave_up: str | None = None
    gave_up_line: int | None = None
    last_error: str | None = None
    """Since the last step that converged."""
    last_error_line: int | None = None
    failed: str | None = None
    failed_line: int | None = None
    """Attempt that did not converge, since the last one that did."""
    nodes: int | None = None
    elements: int | None = None
    memory_bytes: int | None = None
    step: int | None = None
    """Number of the last step that converged…"""
    attempted: int | None = None
    """…and of the last one that was begun."""
    in_norms: bool = False
    iteration: int = 0
    """Of the attempt."""
    iterations: int = 0
    """Of all attempts, the x of the residuals."""
    cutbacks: int = 0
    values: dict[str, float] = field(default_factory=dict)
    """time, end_time, time_step, attempt (its time), wall, timesteps."""
