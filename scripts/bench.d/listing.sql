-- The rows that inventory.list with lots reads, whole: the products, then the lots of all, in the same orders.
select p.id, p.name, p.price, p.reorder_level, p.is_active, p.tracks_expiry, p.created_at, p.updated_at
from product p
where p.is_active
order by p.name collate "und-x-icu", p.id;
select l.id, l.product_id, l.ref_no, l.batch_no, l.expiry, l.qty_received, l.qty_remaining, l.unit_cost, l.received_at, l.status,
  l.expiry - current_date, l.parent_lot_id
from lot l
join product p on p.id = l.product_id
where l.is_open and p.is_active
order by l.product_id, l.expiry nulls last, l.received_at, l.lot_no;
