"""What the stores hold at the start."""
