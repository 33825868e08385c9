"""How well the pipeline reads chats whose truth is known: docs/evaluation.md. No database, no Kommo."""
