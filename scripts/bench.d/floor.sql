-- The floor: one sale of three lines as a single hand-written statement, on the same tables with every constraint.
-- It takes from the first sellable lot in FEFO order, numbers the receipt and chains the audit, and it checks nothing else.
-- A product's lots are read along their index, in FEFO order, as far as the first that will do.
\set p1 random(1, :products)
\set p2 1 + (:p1 + random(1, 300)) % :products
\set p3 1 + (:p2 + random(1, 300)) % :products
with ids as (select gen_random_uuid() as sale, now() as at, (now() at time zone 'UTC')::date as day),
wanted as (
  select w.line, p.id as product_id, p.name, p.price, w.qty, f.lot
  from (values (1, :p1::int, 1), (2, :p2::int, 2), (3, :p3::int, 1)) w (line, n, qty)
  join product p on p.id = ('00000000-0000-4000-8000-' || lpad(w.n::text, 12, '0'))::uuid and p.is_active
  cross join lateral (
    select l.id as lot from lot l
    where l.product_id = p.id and l.is_open and l.status = 'ok' and l.qty_remaining >= w.qty
      and (l.expiry < (select day from ids)) is not true
    order by l.expiry nulls last, l.received_at, l.lot_no limit 1) f),
moved as (
  update lot l set seq = l.seq + 1, qty_remaining = l.qty_remaining - w.qty
  from wanted w where l.id = w.lot
  returning l.id, l.seq, l.qty_remaining, l.product_id, l.expiry, l.unit_cost, w.line, w.qty),
counted as (
  insert into day_counter (day, receipts) select day, 1 from ids
  on conflict (day) do update set receipts = coalesce(day_counter.receipts, 0) + 1 returning day, receipts),
sold as (
  insert into sale (id, day, number, sold_at, sold_by, seller_name, payment_method, last_line, total)
  select i.sale, c.day, c.receipts, i.at, (select id from app_user limit 1), 'O', 'CASH', 3, (select sum(price * qty) from wanted)
  from ids i, counted c returning id),
lines as (
  insert into sale_line (sale_id, line, lines_left, id, product_id, product_name, qty, unit_price, line_total, running_total, last_take)
  select i.sale, w.line, 3 - w.line, gen_random_uuid(), w.product_id, w.name, w.qty, w.price, w.price * w.qty,
    sum(w.price * w.qty) over (order by w.line), 1
  from wanted w, ids i returning line),
movements as (
  insert into stock_movement (lot_id, seq, product_id, kind, qty, balance, at, day, expiry, unit_cost, sale_id, line, take, takes_left, taken)
  select m.id, m.seq, m.product_id, 'sold', -m.qty, m.qty_remaining, i.at, i.day, m.expiry, m.unit_cost, i.sale, m.line, 1, 0, m.qty
  from moved m, ids i returning lot_id),
head as (
  update audit_head h set seq = h.seq + 1, hash = sha256(h.hash || int8send(h.seq + 1) || uuid_send((select sale from ids)))
  returning h.seq, h.hash),
link as (insert into audit_link (seq, hash, entries) select seq, hash, 1 from head returning seq),
entry as (
  insert into audit_entry (link, entry, at, user_id, action, record_kind, record_id, record_digest)
  select h.seq, 1, i.at, (select id from app_user limit 1), 'sales.create', 'sale', i.sale, sha256(uuid_send(i.sale)) from head h, ids i returning link),
claimed as (
  insert into idempotency_key (key, digest, at, sale_id)
  select 'c:' || sale, sha256(uuid_send(sale)), at, sale from ids returning key)
select receipts from counted;
