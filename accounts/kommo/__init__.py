"""The only code that speaks Kommo."""
