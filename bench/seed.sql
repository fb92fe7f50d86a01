-- An installation of some size: %(size)s cases of as many customers, one message each, as two years leave behind.
-- Six in ten are done, three open, one waits; half of the open ones are somebody's. Set-based; ids follow from n.
INSERT INTO tickets_customer (name, language, created_at)
SELECT 'Kunde ' || n, 'nb', timestamptz '2026-11-01Z' - n %% 1051200 * interval '1 minute'
FROM generate_series(1, %(size)s) n;

INSERT INTO tickets_identity (customer_id, platform, scope, external_key, handle, profile_url, evidence)
SELECT id, 'facebook', '104000000000001', 'seed' || id, '', '', '{}' FROM tickets_customer;

INSERT INTO tickets_thread (channel_id, external_root, visibility, post_external_id, created_at, standby)
SELECT channel.id, '9_' || customer.id, 'public', '104000000000001_9', customer.created_at, false
FROM tickets_customer customer CROSS JOIN (SELECT min(id) AS id FROM tickets_channel) channel
ORDER BY customer.id;

INSERT INTO tickets_ticket (
    customer_id, channel_id, team_id, assignee_id, status, priority, language, opened_at, closed_at, due_at,
    waiting_since, version, platform, visibility, customer_name, subject, preview, trouble, last_message_at)
SELECT c.id, channel.id,
       CASE c.id / 10 %% 10 WHEN 0 THEN NULL WHEN 1 THEN team.second WHEN 2 THEN team.second ELSE team.first END,
       CASE WHEN c.id %% 2 = 0 THEN person.lowest + c.id %% person.n END,
       s.status, 1, 'nb', c.created_at,
       CASE WHEN s.status = 'done' THEN c.created_at + interval '1 hour' END,
       CASE WHEN s.status = 'open' THEN c.created_at + interval '1 hour' END,
       CASE WHEN s.status = 'open' THEN c.created_at END,
       1, 'facebook', 'public', c.name, '', 'Har dere flere igjen av denne på lager? Vennlig hilsen ' || c.name, '',
       c.created_at
FROM tickets_customer c
CROSS JOIN (SELECT min(id) AS id FROM tickets_channel) channel
CROSS JOIN (SELECT min(id) AS first, max(id) AS second FROM tickets_team) team
CROSS JOIN (SELECT min(id) AS lowest, count(*) AS n FROM users_user WHERE role = 'agent') person
CROSS JOIN LATERAL (SELECT CASE WHEN c.id %% 10 < 3 THEN 'open' WHEN c.id %% 10 = 3 THEN 'waiting' ELSE 'done' END AS status) s
ORDER BY c.id;

INSERT INTO tickets_ticketthread (ticket_id, thread_id, customer_id, is_open)
SELECT ticket.id, thread.id, ticket.customer_id, ticket.status <> 'done'
FROM tickets_ticket ticket JOIN tickets_thread thread ON thread.external_root = '9_' || ticket.customer_id;

INSERT INTO tickets_message (
    uid, channel_id, thread_id, ticket_id, customer_id, direction, origin, kind, visibility, external_id,
    parent_external_id, permalink, subject, text, masks, attachments, language, at, received_at, state, version_at,
    content_hash, automatic, outcome, no_reply)
SELECT gen_random_uuid(), ticket.channel_id, link.thread_id, ticket.id, ticket.customer_id, 'in', 'customer', 'comment',
       'public', '9_' || ticket.customer_id, '', '', '', ticket.preview, '[]', '[]', 'nb', ticket.opened_at,
       ticket.opened_at, 'visible', ticket.opened_at, decode(md5(ticket.id::text), 'hex'), '', '', ''
FROM tickets_ticket ticket JOIN tickets_ticketthread link ON link.ticket_id = ticket.id
ORDER BY ticket.id;
