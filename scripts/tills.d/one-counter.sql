-- As it is: one counter a day, then the audit's head; both rows are locked until the commit is on the disk.
begin;
with c as (update counter set receipts = receipts + 1 where till = 0 returning receipts) insert into sale (till, number) select 0, receipts from c;
update head set seq = seq + 1, hash = sha256(hash || int8send(seq + 1));
commit;
