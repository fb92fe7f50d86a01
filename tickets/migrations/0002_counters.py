"""Exact counts beside the queue, kept by the database itself.

Every statement that changes tickets adds the difference per (status, team, assignee) to tickets_count; a sweeper folds the
rows together now and then. Readers add them up: always equal to COUNT(*), never a scan of tickets. Triggers on statements,
not rows, so that a batch of a thousand writes one row per cell.
"""

from django.db import migrations

FORWARD = """
CREATE TABLE tickets_count (
    status text NOT NULL,
    team_id bigint,
    assignee_id bigint,
    n bigint NOT NULL
);

CREATE FUNCTION tickets_count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO tickets_count SELECT status, team_id, assignee_id, count(*) FROM new_rows GROUP BY 1, 2, 3;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO tickets_count SELECT status, team_id, assignee_id, -count(*) FROM old_rows GROUP BY 1, 2, 3;
    ELSIF TG_OP = 'TRUNCATE' THEN
        DELETE FROM tickets_count;
    ELSE
        INSERT INTO tickets_count
        SELECT status, team_id, assignee_id, sum(d) FROM (
            SELECT status, team_id, assignee_id, 1 AS d FROM new_rows
            UNION ALL
            SELECT status, team_id, assignee_id, -1 FROM old_rows
        ) AS moved GROUP BY 1, 2, 3 HAVING sum(d) <> 0;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER tickets_count_insert AFTER INSERT ON tickets_ticket
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tickets_count_change();
CREATE TRIGGER tickets_count_update AFTER UPDATE ON tickets_ticket
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tickets_count_change();
CREATE TRIGGER tickets_count_delete AFTER DELETE ON tickets_ticket
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tickets_count_change();
CREATE TRIGGER tickets_count_truncate AFTER TRUNCATE ON tickets_ticket
    FOR EACH STATEMENT EXECUTE FUNCTION tickets_count_change();
"""

BACKWARD = """
DROP TRIGGER tickets_count_truncate ON tickets_ticket;
DROP TRIGGER tickets_count_insert ON tickets_ticket;
DROP TRIGGER tickets_count_update ON tickets_ticket;
DROP TRIGGER tickets_count_delete ON tickets_ticket;
DROP FUNCTION tickets_count_change();
DROP TABLE tickets_count;
"""


class Migration(migrations.Migration):
    dependencies = [("tickets", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
