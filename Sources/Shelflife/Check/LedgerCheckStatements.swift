// SQL of the checks of stock documents: each line is its movement, nothing comes back that was not sold, counts are what the ledger had.

enum LedgerCheckStatements {
  private static func document(_ row: String) -> String { "\(row).kind || ' ' || \(row).number || ' of ' || \(row).day" }

  /// Heads with their lines, lines with their movements, and movements with their lines.
  static let documentLines = #"""
    select case
      when l.document_id is null then \#(document("d")) || ': no lines'
      when d.last_line <> l.lines or d.last_line <> l.last_line then
        \#(document("d")) || ': ' || d.last_line || ' lines, of which ' || l.lines || ' are there'
      when d.refund <> l.refund then \#(document("d")) || ': refund ' || d.refund || ', its lines make ' || l.refund
      when u.id is null then \#(document("d")) || ': its maker is gone'
      end
    from stock_document d left join app_user u on u.id = d.made_by left join (
      select document_id, count(*) as lines, max(line) as last_line, sum(refund) as refund from stock_document_line group by document_id) l
    on l.document_id = d.id
    union all
    select case when d.id is null then 'line ' || f.line || ' of document ' || f.document_id || ': there is no such document'
      when f.wrong is not null then 'line ' || f.line || ' of ' || \#(document("d")) || ': ' || f.wrong end
    from stock_line_fault f left join stock_document d on d.id = f.document_id
    union all
    select case when l.document_id is null then 'movement ' || m.seq || ' of lot ' || m.lot_id || ': ' || m.kind || ' by no document' end
    from stock_movement m left join stock_document_line l on l.lot_id = m.lot_id and l.seq = m.seq
    where m.kind not in ('received', 'sold')
    """#

  /// What came back of each allocation, and voids, which take back everything.
  static let returns = #"""
    select case
      when m.lot_id is null then 'returns of line ' || r.sale_line || ' of sale ' || r.sale_id || ': nothing was taken there'
      when r.given > -m.qty then
        'line ' || r.sale_line || ' of sale ' || r.sale_id || ': ' || r.given || ' came back of ' || -m.qty || ' that went'
      when r.last_no <> r.givings or r.last_given <> r.given then
        'line ' || r.sale_line || ' of sale ' || r.sale_id || ': its returns do not add up'
      end
    from (
      select sale_id, sale_line, take, sum(qty) as given, count(*) as givings, max(back_no) as last_no, max(given_back) as last_given
      from stock_document_line where kind = 'returned' group by sale_id, sale_line, take) r
    left join stock_movement m on m.sale_id = r.sale_id and m.line = r.sale_line and m.take = r.take
    union all
    select case when v.given is distinct from v.sold then
      'void ' || d.number || ' of ' || d.day || ': takes back ' || coalesce(v.given, 0) || ' of ' || coalesce(v.sold, 0) end
    from stock_document d cross join lateral (
      select (select sum(l.qty) from stock_document_line l where l.document_id = d.id) as given,
        (select -sum(m.qty) from stock_movement m where m.sale_id = d.sale_id) as sold) v
    where d.kind = 'void'
    """#

  /// Entries without gap, each count with what the ledger had, and what became of the takes.
  static let stockTakes = #"""
    select case
      when t.last_entry <> coalesce(e.entries, 0) or t.last_entry <> coalesce(e.last_no, 0) then
        'stock take ' || t.id || ': ' || t.last_entry || ' entries, of which ' || coalesce(e.entries, 0) || ' are there'
      when d.id is not null and t.state <> 'applied' then 'stock take ' || t.id || ': its count is booked, but it is ' || t.state
      end
    from stock_take t
    left join (select stock_take_id, count(*) as entries, max(entry_no) as last_no from stock_take_entry group by stock_take_id) e
    on e.stock_take_id = t.id
    left join stock_document d on d.stock_take_id = t.id
    union all
    select case when e.id is null then 'counts of entry ' || c.entry_id || ': there is no such entry'
      when c.lot_id is not null and m.lot_id is null then 'count ' || c.line || ' of entry ' || c.entry_id || ': its lot never stood there'
      when c.lot_id is not null and m.balance <> c.expected then
        'count ' || c.line || ' of entry ' || c.entry_id || ': expected ' || c.expected || ', the ledger had ' || m.balance end
    from stock_take_count c left join stock_take_entry e on e.id = c.entry_id
    left join stock_movement m on m.lot_id = c.lot_id and m.seq = c.seq
    """#
}
