"""Who the tenant is, and the road to Kommo."""
