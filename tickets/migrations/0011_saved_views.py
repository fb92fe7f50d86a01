"""Saved views, and what their counts are kept in.

Whatever changes a ticket, its tags or its notes leaves the ticket's number in tickets_touched: one cheap INSERT per
statement, no lock, no condition looked at. A worker takes the numbers away and brings tickets_view_case (which case
counts in which view, and where it stands) and tickets_view_count (how many per view, team and assignee) up to them. A
reader adds the two: the kept numbers, and those of the few touched cases looked at afresh. So every reading equals
COUNT(*) at its own moment, however late the worker is. Zero stands for "none" in the kept cells.

The statistics tell the planner how few cases are due or have waited for long; without them it guesses a third of all.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE TABLE tickets_touched (ticket_id bigint NOT NULL);
CREATE TABLE tickets_view_case (
    view_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    team_id bigint NOT NULL,
    assignee_id bigint NOT NULL,
    PRIMARY KEY (ticket_id, view_id)
);
CREATE INDEX tickets_view_case_by_view ON tickets_view_case (view_id);
CREATE TABLE tickets_view_count (
    view_id bigint NOT NULL,
    team_id bigint NOT NULL,
    assignee_id bigint NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (view_id, team_id, assignee_id)
);

CREATE STATISTICS tickets_due_statistics
    ON (coalesce(due_at, '9999-01-01 00:00:00+00'::timestamptz)) FROM tickets_ticket;
CREATE STATISTICS tickets_wait_statistics
    ON (coalesce(waiting_since, '9999-01-01 00:00:00+00'::timestamptz)) FROM tickets_ticket;

CREATE FUNCTION tickets_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO tickets_touched SELECT id FROM new_rows;
    ELSE
        INSERT INTO tickets_touched SELECT id FROM old_rows;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION tickets_touch_of() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO tickets_touched SELECT ticket_id FROM new_rows;
    ELSE
        INSERT INTO tickets_touched SELECT ticket_id FROM old_rows;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION tickets_touch_none() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM tickets_touched;
    DELETE FROM tickets_view_case;
    DELETE FROM tickets_view_count;
    RETURN NULL;
END $$;

CREATE TRIGGER tickets_touch_insert AFTER INSERT ON tickets_ticket
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tickets_touch();
CREATE TRIGGER tickets_touch_update AFTER UPDATE ON tickets_ticket
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tickets_touch();
CREATE TRIGGER tickets_touch_delete AFTER DELETE ON tickets_ticket
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tickets_touch();
CREATE TRIGGER tickets_touch_truncate AFTER TRUNCATE ON tickets_ticket
    FOR EACH STATEMENT EXECUTE FUNCTION tickets_touch_none();
CREATE TRIGGER tickets_touch_tagged AFTER INSERT ON tickets_tickettag
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tickets_touch_of();
CREATE TRIGGER tickets_touch_untagged AFTER DELETE ON tickets_tickettag
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tickets_touch_of();
CREATE TRIGGER tickets_touch_noted AFTER INSERT ON tickets_note
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tickets_touch_of();
CREATE TRIGGER tickets_touch_unnoted AFTER DELETE ON tickets_note
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tickets_touch_of();
"""

BACKWARD = """
DROP TRIGGER tickets_touch_unnoted ON tickets_note;
DROP TRIGGER tickets_touch_noted ON tickets_note;
DROP TRIGGER tickets_touch_untagged ON tickets_tickettag;
DROP TRIGGER tickets_touch_tagged ON tickets_tickettag;
DROP TRIGGER tickets_touch_truncate ON tickets_ticket;
DROP TRIGGER tickets_touch_delete ON tickets_ticket;
DROP TRIGGER tickets_touch_update ON tickets_ticket;
DROP TRIGGER tickets_touch_insert ON tickets_ticket;
DROP STATISTICS tickets_wait_statistics;
DROP STATISTICS tickets_due_statistics;
DROP FUNCTION tickets_touch_none();
DROP FUNCTION tickets_touch_of();
DROP FUNCTION tickets_touch();
DROP TABLE tickets_view_count;
DROP TABLE tickets_view_case;
DROP TABLE tickets_touched;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0010_snooze_and_spam"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("slug", models.SlugField(max_length=60, unique=True)),
                (
                    "scope",
                    models.CharField(
                        choices=[("own", "Only me"), ("team", "A team"), ("all", "Everyone")],
                        default="own",
                        max_length=10,
                    ),
                ),
                ("filter", models.TextField(blank=True)),
                ("names", models.JSONField(default=dict)),
                ("sort", models.CharField(blank=True, max_length=10)),
                ("density", models.CharField(blank=True, max_length=12)),
                ("position", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to="tickets.team",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["owner", "position", "id"], name="saved_view_by_owner")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("scope__in", ["own", "team", "all"])), name="saved_view_scope"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("scope", "team"), ("team__isnull", False)),
                            models.Q(models.Q(("scope", "team"), _negated=True), ("team__isnull", True)),
                            _connector="OR",
                        ),
                        name="saved_view_of_team",
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="saved_view_named"),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
