"""Excel workbooks, read by calamine."""
