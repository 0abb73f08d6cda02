"""When we last knew that the control plane hears us."""

from dataclasses import dataclass


@dataclass(slots=True)
class Contact:
    """`at` is monotonic seconds; `lease_s` is how long the core waits for us before it gives us up."""

    at: float
    lease_s: float = 30.0

    def age_s(self, now: float) -> float:
        """Seconds since."""
        return now - self.at
