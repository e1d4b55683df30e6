// What a method is to somebody who may have to call it twice. A test compares the tables with `shelflife openrpc`.

/** Takes an idempotency key: sent again under the same one, nothing is done twice. */
export const WRITES = new Set([
  "system.acknowledgeClock",
  "setup.createOwner",
  "auth.logout",
  "auth.changePassword",
  "auth.resetOwnerPassword",
  "users.create",
  "users.update",
  "users.setActive",
  "users.resetPassword",
  "store.update",
  "products.create",
  "products.update",
  "stockIn.create",
  "sales.create",
  "sales.reprint",
]);

/** Changes nothing that a second call would change again. A method in neither table is never sent twice. */
export const READS = new Set([
  "rpc.discover",
  "system.hello",
  "system.ping",
  "system.status",
  "system.check",
  "auth.login",
  "auth.me",
  "users.list",
  "store.get",
  "products.get",
  "products.list",
  "inventory.list",
  "inventory.get",
  "stockIn.get",
  "stockIn.list",
  "sales.quote",
  "sales.get",
  "sales.list",
  "reports.sales",
  "reports.topProducts",
  "reports.lowStock",
  "reports.expiring",
  "reports.expired",
  "dashboard.summary",
  "audit.list",
  "audit.verify",
  "backup.list",
  "backup.verify",
  "changes.since",
  "events.subscribe",
]);

/** Takes as long as the shop is large, so that no common timeout fits. */
export const LONG = new Set([
  "system.check",
  "audit.verify",
  "backup.run",
  "backup.verify",
  "backup.export",
  "backup.restore",
]);
