"""What this app does, one module for each."""
