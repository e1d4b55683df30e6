-- The rows of inventory.list with lots, whole: each product with its stock, then the lots of all, in the same orders.
select p.id, p.name, p.price, p.reorder_level, p.is_active, p.tracks_expiry, p.created_at, p.updated_at, s.sellable, s.expired, s.nearest
from product p
left join (
  select l.product_id,
    sum(l.qty_remaining) filter (where l.status = 'ok' and (l.expiry is null or l.expiry >= current_date)) as sellable,
    sum(l.qty_remaining) filter (where l.expiry < current_date) as expired,
    min(l.expiry) filter (where l.status = 'ok' and l.expiry >= current_date) as nearest
  from lot l where l.is_open group by l.product_id) s on s.product_id = p.id
where p.is_active
order by p.name collate "und-x-icu", p.id;
select l.id, l.product_id, l.ref_no, l.batch_no, l.expiry, l.qty_received, l.qty_remaining, l.unit_cost, l.received_at, l.status,
  l.expiry - current_date, l.parent_lot_id
from lot l
join product p on p.id = l.product_id
where l.is_open and p.is_active
order by l.product_id, l.expiry nulls last, l.received_at, l.lot_no;
