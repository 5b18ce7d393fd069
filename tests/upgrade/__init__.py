"""Folders and cloud states that earlier versions wrote, opened by this one."""
