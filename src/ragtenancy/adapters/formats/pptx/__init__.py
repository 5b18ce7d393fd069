"""PowerPoint presentations, read by python-pptx."""
