"""The widgets of a view that compute something of their own (docs/contract/views.md#widgets)."""
