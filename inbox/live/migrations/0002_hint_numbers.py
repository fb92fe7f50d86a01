"""Numbers for hints; a sequence, so that they never start again when old hints are dropped."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("live", "0001_initial")]

    operations = [migrations.RunSQL("CREATE SEQUENCE live_hint_numbers", "DROP SEQUENCE live_hint_numbers")]
