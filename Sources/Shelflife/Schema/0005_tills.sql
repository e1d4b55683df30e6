-- Which till made a sale, what each till sold in a day, which tills are connected, and which programs may still write.

-- Null for what was sold before tills had names.
alter table sale add column till text check (length(till) between 1 and 40);

-- A seller's day is told apart by till; '' stands for no till. Sums by seller add it up again.
alter table seller_day_total add column till text not null default '';
alter table seller_day_total drop constraint seller_day_total_pkey;
alter table seller_day_total add primary key (day, user_id, till);

-- Who is connected. A row counts while its number is locked (advisory, in the space of tills), which ends with the connection whatever
-- becomes of the process; so nothing here must outlive the server.
create unlogged table till_presence (
  number int primary key,
  session_id uuid not null,
  till text not null check (length(till) between 1 and 40),
  program text not null,
  address text,
  since timestamptz not null);

-- Every write says by which step of the schema its program goes. A step that programs of an earlier one must not write under raises the
-- least that is allowed, and a till that was started before it is refused from that moment on.
alter table audit_head add column step smallint not null default 5 constraint audit_head_step_check check (step >= 5);

-- A sale with a till digests one column more.
create or replace view sale_digest as
select s.id, sha256(sha256(
  case when s.till is null
    then record_send(row(s.id, s.day, s.sold_at, s.sold_by, s.seller_name, s.payment_method, s.note, s.last_line, s.total))
    else record_send(row(s.id, s.day, s.sold_at, s.sold_by, s.seller_name, s.payment_method, s.note, s.last_line, s.total, s.till)) end
  || (select string_agg(record_send(row(l.line, l.id, l.product_id, l.product_name, l.qty, l.unit_price, l.last_take)), ''::bytea order by l.line)
      from sale_line l where l.sale_id = s.id)
  || (select string_agg(record_send(row(m.line, m.take, m.lot_id, m.seq, m.qty, m.balance, m.at, m.day, m.expiry, m.unit_cost)), ''::bytea
                        order by m.line, m.take)
      from stock_movement m where m.sale_id = s.id)) || int4send(s.number)) as digest
from sale s;
