"""The widgets of a view that compute something of their own (views-api.md)."""
