"""Search engines: libraries of numbers and terms that know no port, no store and no tenant."""
