-- For a bulk fill: takes off the foreign keys and those keys and indexes that selling does not read. What they were is kept in a
-- table of the database, from which guards-on.sql makes them again.
\set ON_ERROR_STOP on
set search_path = shelf;
create table public.fill_guard (step serial, remade text not null);
alter table public.fill_guard owner to shelflife_owner;
set role shelflife_owner;

create temp table spared as
select i.indexrelid, i.indexrelid::regclass::text as name, c.conname, i.indrelid::regclass::text as relation,
  case when c.oid is null then pg_get_indexdef(i.indexrelid)
    else format('alter table %s add constraint %I %s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) end as remade
from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.contype in ('u', 'p')
where i.indexrelid::regclass::text in ('sale_by_seller', 'sale_line_sale_id_line_lines_left_running_total_key',
  'sale_line_sale_id_line_product_id_key', 'stock_movement_lot_id_seq_balance_key', 'stock_movement_by_product', 'audit_entry_record');

insert into public.fill_guard (remade) select remade from spared;
insert into public.fill_guard (remade)
select format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
from pg_constraint where contype = 'f' and connamespace = 'shelf'::regnamespace order by oid;

select format('alter table %s drop constraint %I', conrelid::regclass, conname)
from pg_constraint where contype = 'f' and connamespace = 'shelf'::regnamespace \gexec
select case when conname is null then format('drop index %s', name) else format('alter table %s drop constraint %I', relation, conname) end
from spared \gexec
