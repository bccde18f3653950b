"""Questions to the database: `sales` for the sale pages, `captured` for Pending and Log."""
