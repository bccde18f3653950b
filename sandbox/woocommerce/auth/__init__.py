"""The pages on which a merchant lets an application have an API key."""
