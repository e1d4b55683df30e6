-- Totals that reports read instead of every line, copies of receipts, and what tells a restored shop from the one before it.

-- Sales never change and their numbers have no gaps, so the totals of a day up to a number are right for ever. Whoever reports
-- adds what lies beyond the number. Only the serving process writes these three; the books are proved without them.
create table totalled_day (
  day date primary key,
  number int not null check (number >= 1),
  foreign key (day, number) references sale (day, number)) with (fillfactor = 50);

create table product_day_total (
  day date not null references totalled_day,
  product_id uuid not null references product,
  sales bigint not null check (sales >= 1),
  qty bigint not null check (qty >= 1),
  -- Minor units; cost in ten-thousandths. Sums may outgrow the 64 bits of a line.
  revenue numeric not null check (revenue >= 0),
  cost numeric not null check (cost >= 0),
  primary key (day, product_id)) with (fillfactor = 70);

create table seller_day_total (
  day date not null references totalled_day,
  user_id uuid not null references app_user,
  sales bigint not null check (sales >= 1),
  qty bigint not null check (qty >= 1),
  revenue numeric not null check (revenue >= 0),
  cost numeric not null check (cost >= 0),
  primary key (day, user_id)) with (fillfactor = 70);

-- Copy n of a receipt follows copy n - 1.
create table receipt_copy (
  id uuid primary key,
  sale_id uuid not null references sale,
  copy_no int not null check (copy_no >= 1),
  prev_copy int generated always as (nullif(copy_no - 1, 0)) stored,
  printed_at timestamptz not null,
  printed_by uuid not null references app_user,
  unique (sale_id, copy_no),
  foreign key (sale_id, prev_copy) references receipt_copy (sale_id, copy_no));

-- A session belongs to one incarnation of the shop: a restore makes a new one.
alter table store add column incarnation uuid not null default gen_random_uuid();
-- Names the shop in its backups, for good: a restore brings back the one of the backup.
alter table store add column shop_id uuid not null default gen_random_uuid();

-- Which lots a product ever had, and through them which deliveries and sales.
create index lot_by_product on lot (product_id);
-- Almost nothing to keep up, since entries come in the order of time.
create index audit_entry_at on audit_entry using brin (at) with (pages_per_range = 16);

create or replace view record_digest as
select 'sale' as kind, id, digest from sale_digest
union all
select 'stock-in', s.id, sha256(
  record_send(row(s.id, s.day, s.number, s.created_by, s.created_at, s.supplier_name, s.note, s.last_line))
  || (select string_agg(record_send(row(l.id, l.product_id, l.line, l.lot_no, l.ref_no, l.batch_no, l.received_at, l.qty_received,
                                        m.at, m.day, m.expiry, m.unit_cost)), ''::bytea order by l.line)
      from lot l join stock_movement m on m.lot_id = l.id and m.seq = 1 where l.stock_in_id = s.id))
from stock_in s
union all
select 'lot', id, sha256(record_send(row(id, product_id, batch_no, expiry, unit_cost, status))) from lot
union all
select 'product', id, sha256(record_send(row(id, name, name_key, search_key, price, reorder_level, is_active, tracks_expiry, created_at, updated_at)))
from product
union all
select 'user', id, sha256(record_send(row(id, name, username, username_key, role, is_active, password_hash, credential_version, recovery_hash, created_at)))
from app_user
union all
select 'store', '00000000-0000-0000-0000-000000000000'::uuid, sha256(record_send(row(name, address, phone, currency, time_zone, receipt_footer,
  session_max_age_hours, session_idle_minutes, backup_folder, backup_keep_daily, backup_keep_monthly, staff_return_limit)))
from store
union all
select 'copy', id, sha256(record_send(row(id, sale_id, copy_no, printed_at, printed_by))) from receipt_copy
union all
select 'clock', '00000000-0000-0000-0000-000000000000'::uuid, sha256('clock') from clock_mark
union all
select 'login', '00000000-0000-0000-0000-000000000000'::uuid, sha256('login')
union all
select 'restore', '00000000-0000-0000-0000-000000000000'::uuid, sha256('restore');
