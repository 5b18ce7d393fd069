"""The Python API: the whole product in one process, without HTTP."""
