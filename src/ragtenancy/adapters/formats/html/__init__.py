"""What is written in HTML: pages, e-books and e-mails."""
