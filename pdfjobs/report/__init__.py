"""One job as a file to hand on: a page that needs nothing beside itself, and that page printed as PDF."""
