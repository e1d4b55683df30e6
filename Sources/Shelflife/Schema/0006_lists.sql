-- Indexes of lists that reach far back, which a sale does not keep up or hardly: what it writes stands at the end of a table.

-- Tells the pages of the audit that may hold entries of a span of time, of a stretch of links and of a user. It keeps a line for some
-- 1 400 entries, which is made behind the writers. Links stand in it as an expression, for which no plan takes the primary key.
create index audit_entry_by_page on audit_entry using brin (at, (link + 0), user_id uuid_bloom_ops (n_distinct_per_range = 16))
  with (pages_per_range = 32, autosummarize = on);
drop index audit_entry_at;
-- What a user did but sell, newest first.
create index audit_entry_by_user on audit_entry (user_id, link, entry) where action <> 'sales.create';

-- When lots were emptied: what was not empty on a day is open still or was emptied later. One movement in some thirty empties a lot.
create index stock_movement_emptying on stock_movement (day) include (lot_id) where balance = 0;

-- Documents of one kind, newest first.
create index stock_document_by_kind on stock_document (kind, at, id);

-- A sold line's product is that of its movements, and theirs is their lot's, each by a key: one to the product itself said nothing more, and
-- cost every line of every sale a search and a lock.
alter table sale_line drop constraint sale_line_product_id_fkey;
