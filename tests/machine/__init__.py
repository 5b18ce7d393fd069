"""A state machine over the public API: four clients, two real processes, crashes."""
