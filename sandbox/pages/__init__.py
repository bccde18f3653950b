"""Pages for people: the frame that all stores' pages share, and the list of the stores."""
