"""HTML formats: pages, e-books and e-mails."""
