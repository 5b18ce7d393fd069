"""Code shared by all stores: the codecs of records and of page cursors."""
