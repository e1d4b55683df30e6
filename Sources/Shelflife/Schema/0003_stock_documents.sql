-- Stock that leaves or comes back other than by sale and delivery: documents whose lines are movements, recalls, stock takes.

-- Refund is in minor units. Who made it is named as on the day.
create table stock_document (
  id uuid primary key,
  kind text not null check (kind in ('return', 'void', 'write-off', 'supplier-return', 'count', 'correction', 'cancellation')),
  day date not null,
  number int not null check (number >= 1),
  prev_number int generated always as (nullif(number - 1, 0)) stored,
  at timestamptz not null,
  made_by uuid not null references app_user,
  maker_name text not null,
  reason text check (length(reason) between 1 and 2000),
  note text check (length(note) <= 2000),
  -- Why goods were thrown away.
  loss text check (loss in ('expired', 'damaged', 'stolen', 'other')),
  sale_id uuid references sale,
  stock_in_id uuid references stock_in,
  stock_take_id uuid,
  supplier_name text,
  refund bigint not null default 0,
  last_line int not null check (last_line >= 1),
  lines_left int generated always as (0) stored,
  unique (kind, day, number),
  unique (id, kind),
  check ((sale_id is not null) = (kind in ('return', 'void')) and (stock_in_id is not null) = (kind = 'cancellation')
    and (stock_take_id is not null) = (kind = 'count') and (loss is not null) = (kind = 'write-off')),
  check (reason is not null or kind in ('return', 'write-off')),
  check (supplier_name is null or kind = 'supplier-return'),
  check (refund >= 0 and (refund = 0 or kind in ('return', 'void'))),
  foreign key (kind, day, prev_number) references stock_document (kind, day, number) deferrable initially deferred);
create unique index stock_document_single_void on stock_document (sale_id) where kind = 'void';
create unique index stock_document_single_count on stock_document (stock_take_id);
create index stock_document_of_sale on stock_document (sale_id) where sale_id is not null;
create index stock_document_of_delivery on stock_document (stock_in_id) where stock_in_id is not null;
create index stock_document_by_time on stock_document (at, id);

-- Line k of n has lines_left = n - k. A line is one movement. What a return or void gives back names the allocation it was taken by,
-- and each allocation's returns are a chain of running sums that cannot outgrow it.
create table stock_document_line (
  document_id uuid not null,
  document_kind text not null,
  line int not null check (line >= 1),
  lines_left int not null check (lines_left >= 0),
  prev_line int generated always as (nullif(line - 1, 0)) stored,
  prev_left int generated always as (case when line > 1 then lines_left + 1 end) stored,
  kind text not null,
  lot_id uuid not null,
  seq int not null,
  product_id uuid not null references product,
  qty int not null,
  balance int not null,
  -- Of a return the cost that the sale froze, else the lot's.
  unit_cost bigint not null check (unit_cost >= 0),
  sale_id uuid,
  sale_line smallint,
  take smallint,
  takes_left smallint,
  -- What the line's allocations had taken with this one, and before it.
  taken int,
  taken_before int,
  prev_take smallint generated always as (case when take > 1 then take - 1 end) stored,
  prev_takes_left smallint generated always as (case when take > 1 then takes_left + 1 end) stored,
  prev_taken int generated always as (case when take > 1 then taken_before end) stored,
  back_no int,
  -- What of the allocation was given back with this line.
  given_back int,
  prev_back_no int generated always as (nullif(back_no - 1, 0)) stored,
  prev_given_back int generated always as (case when back_no > 1 then given_back - qty end) stored,
  unit_price bigint,
  refund bigint not null default 0 check (refund >= 0),
  running_refund bigint not null,
  prev_refund bigint generated always as (case when line > 1 then running_refund - refund end) stored,
  disposition text check (disposition in ('restock', 'quarantine', 'destroy')),
  -- True where the goods were to go back on the shelf and could not.
  is_forced boolean,
  reason text check (length(reason) between 1 and 2000),
  -- The count that a counted line follows; null where a lot was not found at all.
  count_entry uuid,
  count_line int,
  primary key (document_id, line),
  unique (document_id, line, lines_left, running_refund),
  unique (lot_id, seq),
  unique (sale_id, sale_line, take, back_no),
  unique (sale_id, sale_line, take, back_no, given_back),
  check (line > 1 or running_refund = refund),
  check (case kind
    when 'returned' then document_kind in ('return', 'void') and qty > 0
    when 'written-off' then document_kind in ('return', 'write-off') and qty < 0
    when 'returned-to-supplier' then document_kind = 'supplier-return' and qty < 0
    when 'counted' then document_kind = 'count' and qty <> 0
    when 'corrected' then document_kind in ('correction', 'cancellation')
    else false end),
  check (case when kind = 'returned'
    then num_nonnulls(sale_id, sale_line, take, takes_left, taken, taken_before, back_no, given_back, unit_price, disposition, is_forced) = 11
      and take >= 1 and (take > 1 or taken_before = 0) and back_no >= 1 and (back_no > 1 or given_back = qty)
      and given_back >= qty and given_back <= taken - taken_before and refund = unit_price * qty
    else num_nonnulls(sale_id, sale_line, take, takes_left, taken, taken_before, back_no, given_back, unit_price, disposition, is_forced) = 0
      and refund = 0 end),
  check ((count_entry is null) = (count_line is null) and (count_entry is null or kind = 'counted')),
  foreign key (document_id, document_kind) references stock_document (id, kind),
  foreign key (document_id, prev_line, prev_left, prev_refund)
    references stock_document_line (document_id, line, lines_left, running_refund) deferrable initially deferred,
  foreign key (lot_id, seq, balance) references stock_movement (lot_id, seq, balance),
  foreign key (sale_id, sale_line, take, takes_left, taken) references stock_movement (sale_id, line, take, takes_left, taken),
  foreign key (sale_id, sale_line, prev_take, prev_takes_left, prev_taken)
    references stock_movement (sale_id, line, take, takes_left, taken),
  foreign key (sale_id, sale_line, take, prev_back_no, prev_given_back)
    references stock_document_line (sale_id, sale_line, take, back_no, given_back) deferrable initially deferred);
alter table stock_document
  add foreign key (id, last_line, lines_left, refund)
    references stock_document_line (document_id, line, lines_left, running_refund) deferrable initially deferred;

-- The last number of each kind and day, locked after the lots like the day's counter.
create table document_counter (
  kind text not null,
  day date not null,
  number int not null check (number >= 1),
  primary key (kind, day),
  foreign key (kind, day, number) references stock_document (kind, day, number) deferrable initially deferred) with (fillfactor = 50);

-- A movement of any other kind than a sale's and a delivery's is a line of a document. A correction may change no quantity: it sets down
-- the expiry and cost that hold from then on.
alter table stock_movement
  drop constraint stock_movement_kind_check, drop constraint stock_movement_qty_check, drop constraint stock_movement_check,
  drop constraint stock_movement_check1, drop constraint stock_movement_check2,
  add column document_seq int generated always as (case when kind in ('received', 'sold') then null else seq end) stored,
  add constraint stock_movement_kind_check check (kind in ('received', 'sold', 'returned', 'written-off', 'returned-to-supplier', 'counted', 'corrected')),
  add constraint stock_movement_qty_check check (case kind
    when 'received' then qty > 0 when 'returned' then qty > 0 when 'counted' then qty <> 0 when 'corrected' then true else qty < 0 end),
  add constraint stock_movement_first_check check (case when seq = 1
    then kind in ('received', 'returned', 'counted') and balance = qty else kind <> 'received' end),
  add constraint stock_movement_sold_check check (case when kind = 'sold'
    then num_nonnulls(sale_id, line, take, takes_left, taken) = 5 and take >= 1 and takes_left >= 0
      and (take > 1 or taken = -qty) and (expiry is null or day <= expiry)
    else num_nonnulls(sale_id, line, take, takes_left, taken) = 0 end),
  add foreign key (lot_id, document_seq) references stock_document_line (lot_id, seq) deferrable initially deferred;
-- What a lot held on a day is found in the index alone; the day takes no room in it.
alter table stock_movement drop constraint stock_movement_pkey, add primary key (lot_id, seq) include (day);
-- A product's card, newest first.
create index stock_movement_by_product on stock_movement (product_id, at);

-- A lot comes from a delivery's line, from another lot by a return that may not be sold, or from a count that found it.
alter table lot
  drop constraint lot_qty_received_check, drop constraint lot_id_first_seq_qty_received_fkey, drop column first_seq,
  alter column stock_in_id drop not null, alter column line drop not null, alter column lines_left drop not null,
  add column first_seq int generated always as (case when line is not null then 1 end) stored,
  add column parent_lot_id uuid references lot,
  add column sibling_no int check (sibling_no >= 1),
  add column found_in uuid references stock_document deferrable initially deferred,
  add column found_no int check (found_no >= 1),
  add constraint lot_qty_received_check check (qty_received between 0 and 1000000 and (qty_received = 0) = (line is null)),
  add constraint lot_origin_check check (num_nonnulls(line, parent_lot_id, found_in) = 1
    and (line is null) = (lines_left is null) and (line is null or stock_in_id is not null) and (found_in is null or stock_in_id is null)
    and (parent_lot_id is null) = (sibling_no is null) and (found_in is null) = (found_no is null)),
  add foreign key (id, first_seq, qty_received) references stock_movement (lot_id, seq, balance) deferrable initially deferred;
create unique index lot_sibling_numbers on lot (parent_lot_id, sibling_no) where parent_lot_id is not null;
create unique index lot_found_numbers on lot (found_in, found_no) where found_in is not null;
create index lot_by_batch on lot (lower(batch_no)) where batch_no is not null;

-- Blocks a maker's batch, of one product or of all, also in deliveries to come, until it is ended.
create table recall (
  id uuid primary key,
  batch_no text not null check (length(batch_no) between 1 and 200),
  batch_key text generated always as (lower(batch_no)) stored,
  product_id uuid references product,
  reason text not null check (length(reason) between 1 and 2000),
  day date not null,
  started_at timestamptz not null,
  started_by uuid not null references app_user,
  starter_name text not null,
  ended_at timestamptz,
  ended_by uuid references app_user,
  end_reason text check (length(end_reason) between 1 and 2000),
  check (num_nonnulls(ended_at, ended_by, end_reason) in (0, 3)));
create unique index recall_single_open on recall (batch_key, coalesce(product_id, '00000000-0000-0000-0000-000000000000')) where ended_at is null;
create index recall_by_time on recall (started_at, id);

-- A count of the shelf while the shop sells. Each count keeps where the lot's ledger stood at that instant.
create table stock_take (
  id uuid primary key,
  day date not null,
  started_at timestamptz not null,
  started_by uuid not null references app_user,
  starter_name text not null,
  note text check (length(note) <= 2000),
  -- What the ledger says is not shown to whoever counts.
  is_blind boolean not null,
  -- Units by which a count may differ before it is to be repeated.
  tolerance int not null check (tolerance between 0 and 1000000),
  covers_all boolean not null,
  state text not null default 'open' check (state in ('open', 'applied', 'cancelled')),
  last_entry int not null default 0 check (last_entry >= 0),
  ended_at timestamptz,
  ended_by uuid references app_user,
  end_reason text check (length(end_reason) between 1 and 2000),
  check (num_nonnulls(ended_at, ended_by, end_reason) = case when state = 'open' then 0 else 3 end));
create index stock_take_by_time on stock_take (started_at, id);
create table stock_take_product (
  stock_take_id uuid not null references stock_take,
  product_id uuid not null references product,
  primary key (stock_take_id, product_id));

create table stock_take_entry (
  id uuid primary key,
  stock_take_id uuid not null references stock_take,
  entry_no int not null check (entry_no >= 1),
  counted_at timestamptz not null,
  counted_by uuid not null references app_user,
  counter_name text not null,
  unique (stock_take_id, entry_no));

create table stock_take_count (
  entry_id uuid not null references stock_take_entry,
  line int not null check (line between 1 and 500),
  product_id uuid not null references product,
  -- A lot of the books with where its ledger stood, or one that nobody knew, under a name of its own.
  lot_id uuid,
  seq int,
  expected int,
  found_id uuid,
  batch_no text check (length(batch_no) between 1 and 200),
  expiry date,
  counted int not null check (counted between 0 and 1000000),
  primary key (entry_id, line),
  check (num_nonnulls(lot_id, found_id) = 1 and num_nonnulls(lot_id, seq, expected) in (0, 3)),
  check (found_id is not null or (batch_no is null and expiry is null)),
  foreign key (lot_id, product_id) references lot (id, product_id),
  foreign key (lot_id, seq, expected) references stock_movement (lot_id, seq, balance));
create index stock_take_count_of_lot on stock_take_count (lot_id) where lot_id is not null;

alter table stock_document add foreign key (stock_take_id) references stock_take;
alter table stock_document_line add foreign key (count_entry, count_line) references stock_take_count (entry_id, line);

-- What foreign keys cannot say of a document's line: null where it is right, else what is wrong with it.
create view stock_line_fault as
select l.document_id, l.line, case
  when m.lot_id is null then 'its movement is not there'
  when m.kind <> l.kind or m.qty <> l.qty or m.product_id <> l.product_id or m.at <> d.at or m.day <> d.day then 'is not as its movement'
  when l.kind <> 'returned' and m.unit_cost <> l.unit_cost then 'its cost is not its movement''s'
  when l.kind = 'returned' and l.sale_id <> d.sale_id then 'gives back of another sale'
  when l.kind = 'returned' and (a.lot_id is null or a.unit_cost <> l.unit_cost) then 'its cost is not what the sale froze'
  when l.kind = 'returned' and s.unit_price is distinct from l.unit_price then 'its price is not the sale''s'
  when l.kind = 'returned' and l.lot_id <> a.lot_id and b.parent_lot_id is distinct from a.lot_id then 'went to a lot it did not come from'
  when d.kind = 'void' and d.day <> v.day then 'voids a sale of another day'
  when c.entry_id is not null and (e.stock_take_id <> d.stock_take_id or coalesce(c.lot_id, c.found_id) <> l.lot_id
    or c.counted - coalesce(c.expected, 0) <> l.qty) then 'is not what was counted'
  end as wrong
from stock_document_line l
join stock_document d on d.id = l.document_id
left join lot b on b.id = l.lot_id
left join stock_movement m on m.lot_id = l.lot_id and m.seq = l.seq
left join stock_movement a on a.sale_id = l.sale_id and a.line = l.sale_line and a.take = l.take
left join sale_line s on s.sale_id = l.sale_id and s.line = l.sale_line
left join sale v on v.id = d.sale_id
left join stock_take_count c on c.entry_id = l.count_entry and c.line = l.count_line
left join stock_take_entry e on e.id = c.entry_id;

create function stock_document_line_is_true() returns trigger language plpgsql set search_path = shelf, pg_temp as $$
begin
  if exists (
    select from added a
    cross join lateral (select f.wrong from stock_line_fault f where f.document_id = a.document_id and f.line = a.line offset 0) f
    where f.wrong is not null) then
    raise exception 'a document''s line is not true' using errcode = '23514', constraint = 'stock_document_line_is_true';
  end if;
  return null;
end $$;
create trigger stock_document_line_is_true after insert on stock_document_line referencing new table as added
  for each statement execute function stock_document_line_is_true();

-- What is known of a lot changes with a movement only, which sets down what holds from then on.
create trigger lot_changes_by_movement before update of expiry, unit_cost, batch_no on lot for each row
  when ((new.expiry, new.unit_cost, new.batch_no) is distinct from (old.expiry, old.unit_cost, old.batch_no) and new.seq <= old.seq)
  execute function lot_moves_forward();

-- An ended recall stays ended, and so does a stock take; neither is counted in any more.
create function ended_stays_ended() returns trigger language plpgsql as $$
begin
  raise exception 'what has ended stays as it is' using errcode = '23514', constraint = 'ended_stays_ended';
end $$;
create trigger ended_stays_ended before update on recall for each row when (old.ended_at is not null) execute function ended_stays_ended();
create trigger ended_stays_ended before update on stock_take for each row when (old.state <> 'open') execute function ended_stays_ended();

create or replace view record_digest as
select 'sale' as kind, id, digest from sale_digest
union all
select 'stock-in', s.id, sha256(
  record_send(row(s.id, s.day, s.number, s.created_by, s.created_at, s.supplier_name, s.note, s.last_line))
  || (select string_agg(record_send(row(l.id, l.product_id, l.line, l.lot_no, l.ref_no, l.batch_no, l.received_at, l.qty_received,
                                        m.at, m.day, m.expiry, m.unit_cost)), ''::bytea order by l.line)
      from lot l join stock_movement m on m.lot_id = l.id and m.seq = 1 where l.stock_in_id = s.id and l.line is not null))
from stock_in s
union all
select 'lot', id, sha256(case when line is not null
  then record_send(row(id, product_id, batch_no, expiry, unit_cost, status))
  else record_send(row(id, product_id, batch_no, expiry, unit_cost, status, stock_in_id, lot_no, ref_no, received_at, parent_lot_id,
    sibling_no, found_in, found_no)) end)
from lot
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
select 'restore', '00000000-0000-0000-0000-000000000000'::uuid, sha256('restore')
union all
select d.kind, d.id, sha256(
  record_send(row(d.id, d.kind, d.day, d.number, d.at, d.made_by, d.maker_name, d.reason, d.note, d.loss, d.sale_id, d.stock_in_id,
    d.stock_take_id, d.supplier_name, d.refund, d.last_line))
  || (select string_agg(record_send(row(l.line, l.kind, l.lot_id, l.seq, l.product_id, l.qty, l.balance, l.unit_cost, l.sale_id, l.sale_line,
        l.take, l.back_no, l.given_back, l.unit_price, l.refund, l.disposition, l.is_forced, l.reason, l.count_entry, l.count_line,
        m.at, m.day, m.expiry, m.unit_cost)), ''::bytea order by l.line)
      from stock_document_line l join stock_movement m on m.lot_id = l.lot_id and m.seq = l.seq where l.document_id = d.id))
from stock_document d
union all
select 'recall', id, sha256(record_send(row(id, batch_no, product_id, reason, day, started_at, started_by, starter_name, ended_at, ended_by,
  end_reason)))
from recall
union all
select 'stock-take', t.id, sha256(
  record_send(row(t.id, t.day, t.started_at, t.started_by, t.starter_name, t.note, t.is_blind, t.tolerance, t.covers_all, t.state,
    t.ended_at, t.ended_by, t.end_reason))
  || coalesce((select string_agg(uuid_send(p.product_id), ''::bytea order by p.product_id) from stock_take_product p where p.stock_take_id = t.id),
    ''::bytea))
from stock_take t
union all
select 'stock-take-entry', e.id, sha256(
  record_send(row(e.id, e.stock_take_id, e.entry_no, e.counted_at, e.counted_by, e.counter_name))
  || (select string_agg(record_send(row(c.line, c.product_id, c.lot_id, c.seq, c.expected, c.found_id, c.batch_no, c.expiry, c.counted)),
        ''::bytea order by c.line) from stock_take_count c where c.entry_id = e.id))
from stock_take_entry e;
