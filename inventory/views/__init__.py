"""Pages of the inventory of record: parse, ask one query or call one service, answer."""
