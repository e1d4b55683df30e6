// The till's page: signs in, shows the stock as it changes, sells one unit a click.
const { shelflife } = window;
const form = document.querySelector("#sign-in");
const list = document.querySelector("#products");
const message = document.querySelector("#message");

const say = (text) => (message.textContent = text);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { username, password } = Object.fromEntries(new FormData(form));
  form.reset();
  try {
    const user = await shelflife.signIn({ username, password, keepSignedIn: true });
    say(`Welcome, ${user.name}`);
    await shelflife.subscribe(["stock.changed", "product.changed"], show);
    await show();
  } catch (error) {
    say(error.message);
  }
});

shelflife.onEnded(() => {
  list.replaceChildren();
  say("Please sign in.");
});

async function show() {
  const { items } = await shelflife.call("products.list", { limit: 100 });
  list.replaceChildren(...items.map(row));
}

function row(product) {
  const item = document.createElement("li");
  const pay = document.createElement("button");
  pay.textContent = `${product.name}: ${product.sellingPrice} (${product.totalQty})`;
  pay.addEventListener("click", () => sell(product));
  item.append(pay);
  return item;
}

/** One key for each click: whatever has to be tried again is the same sale. */
async function sell(product) {
  const idempotencyKey = crypto.randomUUID();
  try {
    const sale = await shelflife.call("sales.create", { items: [{ productId: product.id, qty: 1 }] }, { idempotencyKey });
    say(`${sale.receiptNo}: ${sale.totalAmount}`);
  } catch (error) {
    say(error.message);
  }
}
