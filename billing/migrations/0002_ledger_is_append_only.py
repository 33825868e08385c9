"""The ledger is only ever added to: the database itself refuses to change or remove a line, whoever asks.

TRUNCATE stays possible: it is how tests empty their tables, and no code of ours does it.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION billing_usageentry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The usage ledger is append-only.' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER billing_usageentry_append_only BEFORE UPDATE OR DELETE ON billing_usageentry
    FOR EACH STATEMENT EXECUTE FUNCTION billing_usageentry_refuse();
"""
BACKWARD = """
DROP TRIGGER billing_usageentry_append_only ON billing_usageentry;
DROP FUNCTION billing_usageentry_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
