"""The cloud's backends as the product joins them, on their stand-ins."""
