// A receipt as plain text, for a printer with 32 or 40 columns.

/**
 * @param sale as sales.create or sales.get answers it
 * @param store as store.get answers it
 */
export function receipt(sale, store, columns = 32) {
  const rule = "-".repeat(columns);
  const center = (text) => wrap(text, columns).map((line) => " ".repeat((columns - width(line)) >> 1) + line);
  const lines = [
    ...[store.name, store.address, store.phone].filter(Boolean).flatMap(center),
    rule,
    ...pair(sale.receiptNo, time(sale.soldAt, store.timeZone), columns),
    ...wrap(`Served by ${sale.soldBy.name}`, columns),
    rule,
    ...sale.items.flatMap((item) => [
      ...wrap(item.productName, columns),
      ...pair(`  ${item.qty} x ${item.unitPrice}`, item.lineTotal, columns),
    ]),
    rule,
    ...pair(`TOTAL ${store.currency}`, sale.totalAmount, columns),
    ...pair("Paid by", sale.paymentMethod, columns),
    ...(store.receiptFooter ? ["", ...center(store.receiptFooter)] : []),
  ];
  return lines.join("\n") + "\n";
}

/** The moment in the store's own time, whatever the machine's is. */
function time(at, timeZone) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "short", timeStyle: "short" });
  return parts.format(new Date(at)).replace(",", "");
}

/** A text at the left and one at the right edge; on two lines if one is too short. */
function pair(left, right, columns) {
  const gap = columns - width(left) - width(right);
  return gap > 0 ? [left + " ".repeat(gap) + right] : [left, right.padStart(columns)];
}

/** Breaks at spaces, and within a word that is wider than the paper. */
function wrap(text, columns) {
  const lines = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (width(longer) <= columns) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    const characters = [...word];
    while (characters.length > columns) lines.push(characters.splice(0, columns).join(""));
    line = characters.join("");
  }
  return line === "" ? lines : [...lines, line];
}

const width = (text) => [...text].length;
