-- A series of numbers for each till, and nothing that all share.
begin;
with c as (update counter set receipts = receipts + 1 where till = 1 + :client_id returning till, receipts)
  insert into sale (till, number) select till, receipts from c;
commit;
