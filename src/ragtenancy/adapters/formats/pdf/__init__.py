"""PDF documents, read by PDFium."""
