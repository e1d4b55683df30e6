-- The shop's tables. The owner role runs this with search_path = shelf; the serving role gets only the grants at the end.
-- Money is bigint in the currency's minor units; unit cost is bigint in ten-thousandths of the major unit.

create table store (
  id smallint primary key default 1 check (id = 1),
  name text not null,
  address text not null,
  phone text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  time_zone text not null,
  receipt_footer text not null,
  session_max_age_hours int not null default 12 check (session_max_age_hours between 1 and 168),
  session_idle_minutes int not null default 120 check (session_idle_minutes between 1 and 10080),
  backup_folder text,
  backup_keep_daily int not null default 30 check (backup_keep_daily between 1 and 3660),
  backup_keep_monthly int not null default 12 check (backup_keep_monthly between 0 and 1200),
  staff_return_limit bigint not null default 0 check (staff_return_limit >= 0));

-- The newest business date on any committed document, or the one the owner acknowledged.
create table clock_mark (
  id smallint primary key default 1 check (id = 1),
  day date);

create table app_user (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  username text not null check (length(username) between 3 and 64),
  username_key text not null unique,
  role text not null check (role in ('OWNER', 'STAFF')),
  is_active boolean not null default true check (is_active or role <> 'OWNER'),
  password_hash text not null check (password_hash ~ '^\$2b\$1[0-4]\$[./A-Za-z0-9]{53}$'),
  credential_version int not null default 1 check (credential_version >= 1),
  recovery_hash bytea check (octet_length(recovery_hash) = 32),
  created_at timestamptz not null,
  check ((role = 'OWNER') = (recovery_hash is not null)));
create unique index app_user_single_owner on app_user (role) where role = 'OWNER';

-- Failed logins by folded username, known or not.
create table login_throttle (
  username_key text primary key,
  failures int not null check (failures >= 1),
  first_failed_at timestamptz not null,
  last_failed_at timestamptz not null,
  blocked_until timestamptz);

create table product (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  name_key text not null unique,
  search_key text not null,
  price bigint not null check (price between 0 and 99999999990000),
  reorder_level int not null check (reorder_level between 0 and 1000000),
  is_active boolean not null,
  tracks_expiry boolean not null,
  created_at timestamptz not null,
  updated_at timestamptz not null) with (fillfactor = 80);

create table stock_in (
  id uuid primary key,
  day date not null,
  number int not null check (number >= 1),
  prev_number int generated always as (nullif(number - 1, 0)) stored,
  created_by uuid not null references app_user,
  created_at timestamptz not null,
  supplier_name text,
  note text,
  last_line smallint not null check (last_line between 1 and 500),
  lines_left smallint generated always as (0) stored,
  unique (day, number),
  foreign key (day, prev_number) references stock_in (day, number) deferrable initially deferred);

-- A lot is a line of a delivery. seq counts its movements; qty_remaining is the balance of the last one.
create table lot (
  id uuid primary key,
  product_id uuid not null references product,
  stock_in_id uuid not null references stock_in,
  line smallint not null check (line >= 1),
  -- Counts down to the delivery's last line, so that no lot can be added to it later.
  lines_left smallint not null check (lines_left >= 0),
  prev_line smallint generated always as (nullif(line - 1, 0)) stored,
  prev_left smallint generated always as (case when line > 1 then lines_left + 1 end) stored,
  lot_no bigint generated always as identity unique,
  ref_no text not null,
  batch_no text,
  expiry date,
  unit_cost bigint not null check (unit_cost between 0 and 999999999900),
  received_at timestamptz not null,
  status text not null default 'ok' check (status in ('ok', 'quarantined', 'recalled')),
  qty_received int not null check (qty_received between 1 and 1000000),
  first_seq int generated always as (1) stored,
  seq int not null check (seq >= 1),
  qty_remaining int not null check (qty_remaining >= 0),
  -- Changes only when a lot empties or refills, so that selling from it stays a heap-only update.
  is_open boolean generated always as (qty_remaining > 0) stored,
  unique (stock_in_id, line),
  unique (stock_in_id, line, lines_left),
  unique (id, product_id),
  foreign key (stock_in_id, prev_line, prev_left) references lot (stock_in_id, line, lines_left) deferrable initially deferred) with (fillfactor = 70);
create index lot_fefo on lot (product_id, expiry, received_at, lot_no) where is_open;

create table sale (
  id uuid primary key,
  day date not null,
  number int not null check (number >= 1),
  prev_number int generated always as (nullif(number - 1, 0)) stored,
  sold_at timestamptz not null,
  sold_by uuid not null references app_user,
  seller_name text not null,
  payment_method text not null check (length(payment_method) between 1 and 40),
  note text check (length(note) <= 2000),
  last_line smallint not null check (last_line between 1 and 500),
  lines_left smallint generated always as (0) stored,
  total bigint not null check (total >= 0),
  unique (day, number),
  foreign key (day, prev_number) references sale (day, number) deferrable initially deferred);
create index sale_by_seller on sale (sold_by, day, number);

-- Line k of n has lines_left = n - k; the chain of running totals is closed at both ends, so no line can be appended later.
create table sale_line (
  sale_id uuid not null references sale,
  line smallint not null check (line >= 1),
  lines_left smallint not null check (lines_left >= 0),
  id uuid not null,
  product_id uuid not null references product,
  product_name text not null,
  qty int not null check (qty between 1 and 1000000),
  unit_price bigint not null check (unit_price >= 0),
  line_total bigint not null check (line_total = qty * unit_price),
  running_total bigint not null,
  prev_line smallint generated always as (nullif(line - 1, 0)) stored,
  prev_left smallint generated always as (case when line > 1 then lines_left + 1 end) stored,
  prev_total bigint generated always as (case when line > 1 then running_total - line_total end) stored,
  last_take smallint not null check (last_take >= 1),
  takes_left smallint generated always as (0) stored,
  primary key (sale_id, line),
  unique (sale_id, line, lines_left, running_total),
  unique (sale_id, line, product_id),
  check (line > 1 or running_total = line_total),
  foreign key (sale_id, prev_line, prev_left, prev_total)
    references sale_line (sale_id, line, lines_left, running_total) deferrable initially deferred);

-- Every change of a lot's quantity, with its cause and the balance it left. A sale's allocations are its movements of kind sold.
create table stock_movement (
  lot_id uuid not null,
  seq int not null check (seq >= 1),
  product_id uuid not null,
  kind text not null check (kind in ('received', 'sold')),
  qty int not null check (qty <> 0),
  balance int not null check (balance >= 0),
  prev_seq int generated always as (nullif(seq - 1, 0)) stored,
  prev_balance int generated always as (case when seq > 1 then balance - qty end) stored,
  at timestamptz not null,
  day date not null,
  expiry date,
  unit_cost bigint not null check (unit_cost >= 0),
  sale_id uuid,
  line smallint,
  take smallint,
  takes_left smallint,
  taken int,
  prev_take smallint generated always as (case when take > 1 then take - 1 end) stored,
  prev_takes_left smallint generated always as (case when take > 1 then takes_left + 1 end) stored,
  prev_taken int generated always as (case when take > 1 then taken + qty end) stored,
  primary key (lot_id, seq),
  unique (lot_id, seq, balance),
  unique (sale_id, line, take, takes_left, taken),
  check ((seq = 1) = (kind = 'received') and (seq > 1 or balance = qty)),
  check (case kind when 'received' then qty > 0 else qty < 0 end),
  check (case when kind = 'sold'
         then num_nonnulls(sale_id, line, take, takes_left, taken) = 5 and take >= 1 and takes_left >= 0
              and (take > 1 or taken = -qty) and (expiry is null or day <= expiry)
         else num_nonnulls(sale_id, line, take, takes_left, taken) = 0 end),
  foreign key (lot_id, product_id) references lot (id, product_id),
  foreign key (lot_id, prev_seq, prev_balance) references stock_movement (lot_id, seq, balance) deferrable initially deferred,
  foreign key (sale_id, line, product_id) references sale_line (sale_id, line, product_id),
  foreign key (sale_id, line, prev_take, prev_takes_left, prev_taken)
    references stock_movement (sale_id, line, take, takes_left, taken) deferrable initially deferred);

alter table stock_in
  add foreign key (id, last_line, lines_left) references lot (stock_in_id, line, lines_left) deferrable initially deferred;
alter table lot
  add foreign key (id, seq, qty_remaining) references stock_movement (lot_id, seq, balance) deferrable initially deferred,
  add foreign key (id, first_seq, qty_received) references stock_movement (lot_id, seq, balance) deferrable initially deferred;
alter table sale
  add foreign key (id, last_line, lines_left, total)
    references sale_line (sale_id, line, lines_left, running_total) deferrable initially deferred;
alter table sale_line
  add foreign key (sale_id, line, last_take, takes_left, qty)
    references stock_movement (sale_id, line, take, takes_left, taken) deferrable initially deferred;

-- One row a day, locked after the lots; null while the day has no such number yet.
create table day_counter (
  day date primary key,
  receipts int,
  restocks int,
  foreign key (day, receipts) references sale (day, number) deferrable initially deferred,
  foreign key (day, restocks) references stock_in (day, number) deferrable initially deferred) with (fillfactor = 50);

create table idempotency_key (
  key text collate "C" primary key check (length(key) between 3 and 130),
  digest bytea not null check (octet_length(digest) = 32),
  at timestamptz not null,
  -- What the first call answered: its bytes, or the sale it made, which never changes.
  result bytea,
  sale_id uuid references sale,
  check (num_nonnulls(result, sale_id) = 1));

-- One link a transaction: hash = sha256(previous hash, seq, the digests of its entries in order).
create table audit_link (
  seq bigint primary key check (seq >= 1),
  hash bytea not null check (octet_length(hash) = 32),
  entries int not null check (entries >= 1),
  prev_seq bigint generated always as (nullif(seq - 1, 0)) stored,
  foreign key (prev_seq) references audit_link (seq));

create table audit_entry (
  link bigint not null references audit_link,
  entry int not null check (entry >= 1),
  at timestamptz not null,
  user_id uuid references app_user,
  session_id uuid,
  action text not null check (length(action) between 1 and 64),
  record_kind text not null,
  record_id uuid not null,
  record_no int,
  before text,
  after text,
  -- sha256 of the record as this write left it, taken from its row and all that hangs on it.
  record_digest bytea not null check (octet_length(record_digest) = 32),
  primary key (link, entry));
create index audit_entry_record on audit_entry (record_id);

create table audit_head (
  id smallint primary key default 1 check (id = 1),
  seq bigint not null check (seq >= 0),
  hash bytea not null check (octet_length(hash) = 32),
  link bigint generated always as (nullif(seq, 0)) stored,
  foreign key (link) references audit_link (seq) deferrable initially deferred) with (fillfactor = 10);
insert into audit_head (seq, hash) values (0, sha256('shelflife'));
insert into clock_mark (day) values (null);

-- The one sum that foreign keys cannot close: a lot points at its last movement, and only forward.
create function movement_not_beyond_lot() returns trigger language plpgsql set search_path = shelf, pg_temp as $$
begin
  -- Looked up lot by lot: as a join it would read all lots there are.
  if exists (select from added a where a.seq > (select l.seq from lot l where l.id = a.lot_id)) then
    raise exception 'a movement lies beyond its lot''s last' using errcode = '23514', constraint = 'movement_not_beyond_lot';
  end if;
  return null;
end $$;
create trigger movement_not_beyond_lot after insert on stock_movement referencing new table as added
  for each statement execute function movement_not_beyond_lot();
-- A link's entries are written with it and never added to.
create function audit_link_is_whole() returns trigger language plpgsql set search_path = shelf, pg_temp as $$
begin
  if exists (
    select from (select distinct link from added) a
    where (select l.entries from audit_link l where l.seq = a.link) <> (select count(*) from audit_entry e where e.link = a.link)) then
    raise exception 'an audit link has other entries than it counts' using errcode = '23514', constraint = 'audit_link_is_whole';
  end if;
  return null;
end $$;
create trigger audit_link_is_whole after insert on audit_entry referencing new table as added
  for each statement execute function audit_link_is_whole();
create function lot_moves_forward() returns trigger language plpgsql as $$
begin
  raise exception 'a lot must move forward' using errcode = '23514', constraint = 'lot_moves_forward';
end $$;
create trigger lot_moves_forward before update of seq, qty_remaining on lot for each row
  when (new.seq <= old.seq) execute function lot_moves_forward();

-- The digest of each audited record, from its live rows: what an entry stores when it is written, and what the check recomputes.
create view sale_digest as
select s.id, sha256(sha256(
  record_send(row(s.id, s.day, s.sold_at, s.sold_by, s.seller_name, s.payment_method, s.note, s.last_line, s.total))
  || (select string_agg(record_send(row(l.line, l.id, l.product_id, l.product_name, l.qty, l.unit_price, l.last_take)), ''::bytea order by l.line)
      from sale_line l where l.sale_id = s.id)
  || (select string_agg(record_send(row(m.line, m.take, m.lot_id, m.seq, m.qty, m.balance, m.at, m.day, m.expiry, m.unit_cost)), ''::bytea
                        order by m.line, m.take)
      from stock_movement m where m.sale_id = s.id)) || int4send(s.number)) as digest
from sale s;

create view record_digest as
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
select 'clock', '00000000-0000-0000-0000-000000000000'::uuid, sha256('clock') from clock_mark
union all
select 'login', '00000000-0000-0000-0000-000000000000'::uuid, sha256('login');

