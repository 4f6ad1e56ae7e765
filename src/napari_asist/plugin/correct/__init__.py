"""The Correct step: correct a result, with undo and a journal."""
