"""OpenDocument texts, spreadsheets and presentations, read by lxml."""
