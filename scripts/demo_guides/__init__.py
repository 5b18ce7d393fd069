"""The texts of the demo's guides, and the program that writes them as Word documents."""
