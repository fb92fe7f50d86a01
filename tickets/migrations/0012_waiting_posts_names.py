import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    """A part may wait for another; posts are listed by when they were published; people without a name are asked for."""

    dependencies = [
        ('tickets', '0011_saved_views'),
    ]

    operations = [
        migrations.AddField(
            model_name='part',
            name='waits_for',
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.CASCADE,
                related_name='dependants', to='tickets.part',
            ),
        ),
        migrations.AddIndex(
            model_name='post',
            index=models.Index(
                models.OrderBy(Coalesce('published_at', 'version_at'), descending=True),
                models.OrderBy(models.F('id'), descending=True),
                name='post_newest',
            ),
        ),
        migrations.AddField(
            model_name='identity',
            name='ask_again_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='identity',
            index=models.Index(
                condition=models.Q(('handle', ''), ('sealed__isnull', True)),
                fields=['platform', 'scope', 'id'],
                name='identity_nameless',
            ),
        ),
    ]
