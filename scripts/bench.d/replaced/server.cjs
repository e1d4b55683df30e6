// Usage: node server.cjs SOCKET-FOLDER DATABASE
//
// The sale of the application that was replaced: Express and node-pg, row locks, each statement a round trip of its own, as its
// object mapper made them. Prints its port and a token for it once it listens; ends when stdin does.
'use strict'
const crypto = require('node:crypto')
const express = require('express')
const { Pool } = require('pg')

const pool = new Pool({ host: process.argv[2], user: 'postgres', database: process.argv[3], max: 10 })
const secret = crypto.randomBytes(32)

const sign = (text) => crypto.createHmac('sha256', secret).update(text).digest()

function token(claims) {
  const head = [{ alg: 'HS256', typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${head}.${sign(head).toString('base64url')}`
}

function verified(header) {
  const [head, claims, signature] = (header ?? '').replace(/^Bearer /, '').split('.')
  const expected = sign(`${head}.${claims}`)
  const given = Buffer.from(signature ?? '', 'base64url')
  if (given.length !== expected.length || !crypto.timingSafeEqual(given, expected)) return null
  const read = JSON.parse(Buffer.from(claims, 'base64url').toString())
  return read.exp > Date.now() / 1000 ? read : null
}

class Refusal extends Error {
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

async function takeFromLots(db, item, product) {
  const { rows: lots } = await db.query(
    `select * from lots where product_id = $1 and qty_remaining > 0 and (expiry_date is null or expiry_date >= current_date)
     order by expiry_date nulls last, received_at for update`,
    [product.id])
  const taken = []
  let wanted = item.qty
  for (const lot of lots) {
    if (wanted === 0) break
    const qty = Math.min(wanted, lot.qty_remaining)
    await db.query('update lots set qty_remaining = qty_remaining - $2, updated_at = now() where id = $1', [lot.id, qty])
    taken.push({ lot, qty })
    wanted -= qty
  }
  if (wanted > 0) throw new Refusal(409, `not enough of ${product.name}`)
  return taken
}

async function nextReceiptNumber(db) {
  const day = new Date().toISOString().slice(0, 10)
  await db.query("insert into sequences (name, day, last_number) values ('receipt', $1, 0) on conflict do nothing", [day])
  const { rows } = await db.query("select last_number from sequences where name = 'receipt' and day = $1 for update", [day])
  const number = rows[0].last_number + 1
  await db.query("update sequences set last_number = $2 where name = 'receipt' and day = $1", [day, number])
  return `RCPT-${day.replaceAll('-', '')}-${String(number).padStart(4, '0')}`
}

async function insertSale(db, session, body, lines) {
  const receiptNo = await nextReceiptNumber(db)
  const total = lines.reduce((sum, line) => sum + line.cents * line.item.qty, 0)
  const { rows: [sale] } = await db.query(
    'insert into sales (receipt_no, sold_by, payment_method, note, total_amount) values ($1, $2, $3, $4, $5) returning *',
    [receiptNo, session.user_id, body.paymentMethod ?? 'CASH', body.note ?? null, (total / 100).toFixed(2)])
  for (const { item, product, cents, taken } of lines) {
    const { rows: [made] } = await db.query(
      'insert into sale_items (sale_id, product_id, qty, unit_price, line_total) values ($1, $2, $3, $4, $5) returning *',
      [sale.id, product.id, item.qty, product.selling_price, ((cents * item.qty) / 100).toFixed(2)])
    for (const { lot, qty } of taken) {
      await db.query('insert into sale_allocations (sale_item_id, lot_id, qty, unit_cost) values ($1, $2, $3, $4) returning *',
        [made.id, lot.id, qty, lot.unit_cost])
    }
  }
  return sale.id
}

async function readBack(db, id) {
  const { rows: [sale] } = await db.query('select * from sales where id = $1', [id])
  const { rows: [seller] } = await db.query('select id, name from users where id = $1', [sale.sold_by])
  const { rows: items } = await db.query(
    'select i.*, p.name as product_name from sale_items i join products p on p.id = i.product_id where i.sale_id = $1', [id])
  const { rows: taken } = await db.query(
    `select a.*, l.lot_ref_no, l.expiry_date from sale_allocations a join lots l on l.id = a.lot_id
     where a.sale_item_id = any($1::uuid[])`,
    [items.map((item) => item.id)])
  return { ...sale, soldBy: seller, items: items.map((item) => ({ ...item, allocations: taken.filter((a) => a.sale_item_id === item.id) })) }
}

async function sell(claims, body) {
  const db = await pool.connect()
  try {
    await db.query('begin')
    const { rows: [session] } = await db.query('select * from sessions where id = $1 and expires_at > now()', [claims.sid])
    if (!session) throw new Refusal(401, 'no session')
    const { rows: [user] } = await db.query('select * from users where id = $1 and is_active', [session.user_id])
    if (!user) throw new Refusal(401, 'no user')
    const lines = []
    // In one order, so that two sales do not wait for each other's lots.
    for (const item of [...body.items].sort((a, b) => (a.productId < b.productId ? -1 : 1))) {
      const { rows: [product] } = await db.query('select * from products where id = $1', [item.productId])
      if (!product?.is_active) throw new Refusal(404, 'no such product')
      const taken = await takeFromLots(db, item, product)
      lines.push({ item, product, cents: Math.round(Number(product.selling_price) * 100), taken })
    }
    const sale = await readBack(db, await insertSale(db, session, body, lines))
    await db.query('commit')
    return sale
  } catch (error) {
    await db.query('rollback')
    throw error
  } finally {
    db.release()
  }
}

const app = express()
app.use(express.json())
app.post('/sales', (request, response) => {
  const claims = verified(request.headers.authorization)
  if (!claims) return response.status(401).json({ error: 'unauthorized' })
  sell(claims, request.body).then(
    (sale) => response.status(201).json(sale),
    (error) => response.status(error.status ?? 500).json({ error: error.message }))
})

async function main() {
  const { rows: [session] } = await pool.query(
    "insert into sessions (user_id, expires_at) select id, now() + interval '12 hours' from users returning *")
  const server = app.listen(0, '127.0.0.1', () => {
    console.log(`${server.address().port} ${token({ sub: session.user_id, sid: session.id, exp: Math.floor(Date.now() / 1000) + 43200 })}`)
  })
  // The connections rest while others run.
  server.keepAliveTimeout = 600_000
  process.stdin.resume().on('end', async () => {
    server.close()
    server.closeAllConnections?.()
    await pool.end()
    process.exit(0)
  })
}
main()
