"""How well synthetic frames show what they are drawn from, and how like real ones they are."""
