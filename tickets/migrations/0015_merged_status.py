from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0014_merging'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='ticket',
            name='ticket_status',
        ),
        migrations.AlterField(
            model_name='ticket',
            name='status',
            field=models.CharField(choices=[('open', 'Open'), ('waiting', 'Waiting'), ('snoozed', 'Snoozed'), ('done', 'Done'), ('spam', 'Spam'), ('merged', 'Merged')], default='open', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['open', 'waiting', 'snoozed', 'done', 'spam', 'merged'])), name='ticket_status'),
        ),
    ]
