"""What the application needs from the world, one Protocol a file."""
