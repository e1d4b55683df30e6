-- The tables of the application that was replaced, as it had them: keys the database makes, quantities that are changed in place, a
-- numbers table with a row a day; filled with :products products of five lots each.
create table users (
  id uuid primary key default gen_random_uuid(), name text not null, username text not null unique, role text not null,
  is_active boolean not null default true, created_at timestamptz not null default now());
create table sessions (
  id uuid primary key default gen_random_uuid(), user_id uuid not null references users, expires_at timestamptz not null);
create table products (
  id uuid primary key default gen_random_uuid(), name text not null unique, selling_price numeric(12, 2) not null,
  reorder_level int not null default 0, is_active boolean not null default true, created_at timestamptz not null default now(),
  updated_at timestamptz not null default now());
create table lots (
  id uuid primary key default gen_random_uuid(), product_id uuid not null references products, lot_ref_no text not null unique,
  batch_no text, expiry_date date, qty_received int not null, qty_remaining int not null check (qty_remaining >= 0),
  unit_cost numeric(12, 4) not null, received_at timestamptz not null default now(), updated_at timestamptz not null default now());
create index lots_product_expiry on lots (product_id, expiry_date);
create table sequences (name text not null, day date not null, last_number int not null, primary key (name, day));
create table sales (
  id uuid primary key default gen_random_uuid(), receipt_no text not null unique, sold_by uuid not null references users,
  payment_method text not null, note text, total_amount numeric(12, 2) not null, created_at timestamptz not null default now());
create index sales_created_at on sales (created_at);
create table sale_items (
  id uuid primary key default gen_random_uuid(), sale_id uuid not null references sales, product_id uuid not null references products,
  qty int not null, unit_price numeric(12, 2) not null, line_total numeric(12, 2) not null);
create index sale_items_sale on sale_items (sale_id);
create index sale_items_product on sale_items (product_id);
create table sale_allocations (
  id uuid primary key default gen_random_uuid(), sale_item_id uuid not null references sale_items, lot_id uuid not null references lots,
  qty int not null, unit_cost numeric(12, 4) not null);
create index sale_allocations_item on sale_allocations (sale_item_id);
create index sale_allocations_lot on sale_allocations (lot_id);

insert into users (name, username, role) values ('Olive Owner', 'owner', 'OWNER');
insert into products (id, name, selling_price, reorder_level)
select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Product ' || n, 4.50, 10 from generate_series(1, :products) n;
insert into lots (product_id, lot_ref_no, expiry_date, qty_received, qty_remaining, unit_cost)
select p.id, 'STK-' || p.name || '-' || y, make_date(y, 1, 31), 1000000, 1000000, 2.1 from products p, generate_series(2040, 2044) y;
