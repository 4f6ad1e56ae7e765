"""The one kind of exception whose message is meant for the user."""


class AsistError(Exception):
    """A problem that the user can fix; the message is one sentence that says how.

    It is deliberately not a ``RuntimeError``, because napari's generator workers
    silently swallow those.
    """
