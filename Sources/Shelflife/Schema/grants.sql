-- What the serving role may do: read, append, and change only what a shop changes. It owns nothing and rewrites no history.
revoke all on all tables in schema shelf from shelflife_serve;
grant usage on schema shelf to shelflife_serve;
grant select on all tables in schema shelf to shelflife_serve;
-- A backup reads where the sequences stand.
grant select on all sequences in schema shelf to shelflife_serve;
grant insert on store, app_user, login_throttle, product, stock_in, lot, sale, sale_line, stock_movement, day_counter,
  idempotency_key, audit_link, audit_entry, receipt_copy, totalled_day, product_day_total, seller_day_total, stock_document,
  stock_document_line, document_counter, recall, stock_take, stock_take_product, stock_take_entry, stock_take_count, till_presence
  to shelflife_serve;
grant update (name, address, phone, currency, time_zone, receipt_footer, session_max_age_hours, session_idle_minutes,
  backup_folder, backup_keep_daily, backup_keep_monthly, staff_return_limit) on store to shelflife_serve;
grant update (name, username, username_key, is_active, password_hash, credential_version, recovery_hash) on app_user to shelflife_serve;
grant update, delete on login_throttle to shelflife_serve;
grant update (name, name_key, search_key, price, reorder_level, is_active, tracks_expiry, updated_at) on product to shelflife_serve;
grant update (seq, qty_remaining, status, expiry, unit_cost, batch_no) on lot to shelflife_serve;
grant update (receipts, restocks) on day_counter to shelflife_serve;
grant update (number) on document_counter to shelflife_serve;
grant update (ended_at, ended_by, end_reason) on recall to shelflife_serve;
grant update (state, last_entry, ended_at, ended_by, end_reason) on stock_take to shelflife_serve;
grant update (day) on clock_mark to shelflife_serve;
grant update (seq, hash, step) on audit_head to shelflife_serve;
grant update (number) on totalled_day to shelflife_serve;
grant update (sales, qty, revenue, cost) on product_day_total, seller_day_total to shelflife_serve;
grant delete on till_presence to shelflife_serve;
-- The role for backups reads everything, where the server has it.
do $$ begin
  if exists (select from pg_roles where rolname = 'shelflife_backup') then
    revoke all on all tables in schema shelf from shelflife_backup;
    grant usage on schema shelf to shelflife_backup;
    grant select on all tables in schema shelf to shelflife_backup;
    grant select on all sequences in schema shelf to shelflife_backup;
  end if;
end $$;
