"""The step Correct: a result corrected, with undo and a journal."""
