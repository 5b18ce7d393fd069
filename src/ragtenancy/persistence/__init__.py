"""What every store shares: the codec of records and of page cursors."""
