"""The one kind of exception whose text is meant for the user."""


class AsistError(Exception):
    """Something the user can put right; its text is one sentence that says how.

    It is deliberately no ``RuntimeError``: napari's generator workers swallow
    those without telling anybody.
    """
