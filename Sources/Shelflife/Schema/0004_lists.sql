-- Indexes that lists are read along, so that a page costs what it shows. The order of names is the ICU library's: the process makes the
-- first anew when it meets another version of it.
create index product_by_name on product (name collate "und-x-icu", id);
-- Finds the newest entries of one action or kind of record, however long ago they were written. Almost every entry is a sale's, and
-- those are found from the end of the chain: they take no room here, and a sale pays nothing.
create index audit_entry_by_action on audit_entry (action, link, entry) where action <> 'sales.create';
create index audit_entry_by_kind on audit_entry (record_kind, link, entry) where record_kind <> 'sale';
