"""A simulated organisation with known causes of trouble, and a server that answers as Zoom does."""
