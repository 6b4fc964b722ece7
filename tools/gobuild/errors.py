"""How progress is told, and where Go comes from: every refusal of a build names both ways out."""

from collections.abc import Callable

# Takes one line of progress for the user.
Log = Callable[[str], None]

GO_DOWNLOADS = "https://go.dev/dl/"
