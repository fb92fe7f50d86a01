"""Deletions are noted by the database itself, whatever path they take, and leave for the journal outside of it."""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION inbox_note_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.external_id IS NOT NULL THEN
        INSERT INTO inbox_deletion (channel_id, external_id, at) VALUES (NEW.channel_id, NEW.external_id, now());
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER inbox_message_deleted AFTER UPDATE ON tickets_message FOR EACH ROW
    WHEN (NEW.state = 'deleted' AND OLD.state <> 'deleted') EXECUTE FUNCTION inbox_note_deletion();
CREATE TRIGGER inbox_message_born_deleted AFTER INSERT ON tickets_message FOR EACH ROW
    WHEN (NEW.state = 'deleted') EXECUTE FUNCTION inbox_note_deletion();
CREATE TRIGGER inbox_tombstone_set AFTER INSERT OR UPDATE ON tickets_tombstone FOR EACH ROW
    WHEN (NEW.state = 'deleted') EXECUTE FUNCTION inbox_note_deletion();
CREATE TRIGGER inbox_post_deleted AFTER INSERT OR UPDATE ON tickets_post FOR EACH ROW
    WHEN (NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION inbox_note_deletion();
"""

BACKWARD = """
DROP TRIGGER inbox_post_deleted ON tickets_post;
DROP TRIGGER inbox_tombstone_set ON tickets_tombstone;
DROP TRIGGER inbox_message_born_deleted ON tickets_message;
DROP TRIGGER inbox_message_deleted ON tickets_message;
DROP FUNCTION inbox_note_deletion();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("tickets", "0002_counters")]

    operations = [
        migrations.CreateModel(
            name="Deletion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel_id", models.BigIntegerField()),
                ("external_id", models.CharField(max_length=255)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
