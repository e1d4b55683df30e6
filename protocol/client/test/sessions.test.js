// Sessions: over a crash with and without keepSignedIn, ended in every way, and passwords that change meanwhile.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { OWNER, SELLER, all, crash, next, open, pause, stocked } from "./shop.js";

test("sessions", async (t) => {
  const { shelflife, owner } = await open(t);
  const { id: sellerId } = await owner.call("users.create", SELLER);
  const product = await stocked(owner, "Ibuprofen 400 mg", 1000);
  const sale = { items: [{ productId: product.id, qty: 1 }] };

  await t.test("several people are signed in beside each other", async () => {
    const seller = await shelflife.signIn(SELLER);
    assert.equal(owner.user.role, "OWNER");
    assert.equal(seller.user.username, "sam");
    const [mine, theirs] = await Promise.all([owner.call("auth.me"), seller.call("auth.me")]);
    assert.deepEqual([mine.username, theirs.username], ["ada", "sam"]);
    await assert.rejects(seller.call("users.list"), { code: "forbidden" });
    await seller.signOut();
    assert.equal(seller.isEnded, true);
    await assert.rejects(seller.call("auth.me"), { code: "session-lost", details: { reason: "signed-out" } });
    await seller.signOut();
  });

  await t.test("calls made before signing out are still answered", async () => {
    const seller = await shelflife.signIn(SELLER);
    const calls = Promise.all(Array.from({ length: 300 }, () => seller.call("auth.me")));
    await seller.signOut();
    assert.equal((await calls).length, 300);
  });

  await t.test("no secret shows when a session or the client is printed", () => {
    const printed = inspect([owner, shelflife], { depth: 10, showHidden: true, getters: false });
    assert.ok(!printed.includes(OWNER.password));
    assert.ok(!printed.includes("eyJ"), "a token");
  });

  await t.test("a wrong password is refused", async () => {
    await assert.rejects(shelflife.signIn({ ...SELLER, password: "wrong one" }), { code: "invalid-credentials" });
  });

  await t.test("a kept session outlives the program, its calls are answered once", async () => {
    const calls = Array.from({ length: 20 }, () => owner.call("sales.create", sale));
    await crash(shelflife);
    const sales = await Promise.all(calls);
    assert.equal(new Set(sales.map(({ id }) => id)).size, 20);
    const { items } = await owner.call("sales.list", { limit: 500 });
    assert.equal(items.length, 20);
  });

  await t.test("another session's pending calls are refused with their keys, and repeated by the app", async () => {
    const seller = await shelflife.signIn(SELLER);
    const ended = next(seller, "ended");
    const call = seller.call("sales.create", sale);
    const read = seller.call("products.list").catch((error) => error);
    const gone = crash(shelflife);
    const refused = await call.catch((error) => error);
    await gone;
    assert.equal((await ended).code, "session-lost");
    const again = await shelflife.signIn(SELLER);
    const { idempotencyKey } = refused;
    if (refused.code) {
      assert.equal(refused.code, "session-lost");
      assert.equal(refused.mayHaveHappened, true);
      assert.equal((await read).mayHaveHappened ?? false, false);
      await again.call("sales.create", sale, { idempotencyKey });
    }
    assert.equal((await all(again, "sales.list")).length, 1);
    await again.signOut();
  });

  await t.test("calls with a token of the app's own do not outlive the program either", async () => {
    const { token } = await shelflife.call("auth.login", SELLER_LOGIN);
    assert.equal((await shelflife.call("auth.me", {}, { token })).username, "sam");
    const calls = Array.from({ length: 200 }, () => shelflife.call("sales.list", {}, { token }).catch((error) => error));
    await crash(shelflife);
    const codes = new Set((await Promise.all(calls)).map(({ code }) => code));
    codes.delete(undefined);
    assert.deepEqual([...codes], ["session-lost"]);
    await assert.rejects(shelflife.call("auth.login", { ...SELLER_LOGIN, bind: true }), TypeError);
  });

  await t.test("signing out while the program is down leaves nobody signed in", async () => {
    const seller = await shelflife.signIn({ ...SELLER, keepSignedIn: true });
    await crash(shelflife);
    const call = seller.call("auth.me").catch((error) => error);
    await seller.signOut();
    assert.equal((await call).details.reason, "signed-out");
    await shelflife.ready;
    await owner.call("auth.me");
    assert.equal(shelflife.unsettledCalls, 0);
  });

  await t.test("whoever is disabled is out", async () => {
    const seller = await shelflife.signIn({ ...SELLER, keepSignedIn: true });
    const ended = next(seller, "ended");
    await owner.call("users.setActive", { id: sellerId, isActive: false });
    await assert.rejects(seller.call("auth.me"), { code: "invalid-token" });
    assert.equal((await ended).details.reason, "invalid-token");
    await owner.call("users.setActive", { id: sellerId, isActive: true });
  });

  await t.test("whoever is disabled while the program is down is out too", async () => {
    const seller = await shelflife.signIn({ ...SELLER, keepSignedIn: true });
    await crash(shelflife);
    await owner.call("users.setActive", { id: sellerId, isActive: false });
    const lost = await seller.call("sales.create", sale).catch((error) => error);
    assert.equal(lost.code, "session-lost");
    assert.equal(lost.mayHaveHappened, false);
    assert.equal(lost.details.reason, "invalid-credentials");
    await owner.call("users.setActive", { id: sellerId, isActive: true });
  });

  await t.test("a change of the password is carried over a crash, whichever came first", async () => {
    const seller = await shelflife.signIn({ ...SELLER, keepSignedIn: true });
    let password = SELLER.password;
    for (const wait of [0, 70, 140]) {
      const change = { currentPassword: password, newPassword: `${SELLER.password} ${wait}` };
      const call = seller.call("auth.changePassword", change);
      const behind = seller.call("auth.me");
      await pause(wait);
      await crash(shelflife);
      assert.deepEqual(await call, {});
      assert.equal((await behind).username, "sam");
      password = change.newPassword;
    }
    await seller.signOut();
    await (await shelflife.signIn({ ...SELLER, password })).signOut();
  });

  await t.test("without keepSignedIn a change of the password ends the session", async () => {
    const password = `${SELLER.password} 140`;
    const seller = await shelflife.signIn({ ...SELLER, password });
    await seller.call("auth.changePassword", { currentPassword: password, newPassword: SELLER.password });
    assert.equal(seller.isEnded, true);
  });
});

const SELLER_LOGIN = { username: SELLER.username, password: SELLER.password };
