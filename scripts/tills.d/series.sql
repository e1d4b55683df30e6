-- A series of numbers for each till, and the audit's head.
begin;
with c as (update counter set receipts = receipts + 1 where till = 1 + :client_id returning till, receipts)
  insert into sale (till, number) select till, receipts from c;
update head set seq = seq + 1, hash = sha256(hash || int8send(seq + 1));
commit;
