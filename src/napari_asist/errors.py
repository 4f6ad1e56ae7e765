"""The kind of exception whose message is meant for users."""


class AsistError(Exception):
    """A problem that the user can fix; the message is one sentence that explains how.

    It is deliberately not a ``RuntimeError``, because napari's generator workers
    silently swallow those.
    """
