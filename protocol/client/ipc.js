// Windows that may use the client, without ever holding a token: the main process keeps one session for each window.
const CHANNEL = "shelflife:";

/**
 * Serves the windows whose preload script is `preload.cjs`.
 * @param methods the names that a window may call; everything else is refused here
 * @param trusts whether a page, by its URL, may do so
 */
export function serveWindows(shelflife, ipcMain, { methods, trusts = (url) => url.startsWith("file:") }) {
  const allowed = new Set(methods);
  const windows = new Map();

  const serve = (name, answer) => {
    ipcMain.handle(CHANNEL + name, async ({ sender, senderFrame }, ...values) => {
      try {
        // A frame within a page may be anybody's.
        if (senderFrame !== sender.mainFrame || !trusts(senderFrame.url)) throw refusal("This page may not call.");
        return { result: await answer(windowOf(sender), ...values) };
      } catch (error) {
        // Electron hands over the text of an error only: its code goes as data.
        return { error: error.toJSON?.() ?? { code: "internal-error", message: String(error.message), details: null } };
      }
    });
  };

  /** What is kept for a window, until it is gone. */
  const windowOf = (sender) => {
    let window = windows.get(sender);
    if (!window) {
      windows.set(sender, (window = { sender, session: null, stops: new Map() }));
      sender.once("destroyed", () => {
        windows.delete(sender);
        signOut(window).catch(() => {});
      });
    }
    return window;
  };

  serve("signIn", async (window, { username, password, keepSignedIn }) => {
    const session = await shelflife.signIn({ username, password, keepSignedIn });
    // Whoever was signed in here before is out, whether or not the program can say so now.
    await signOut(window).catch(() => {});
    if (window.sender.isDestroyed()) return session.signOut();
    window.session = session;
    session.once("ended", ({ details }) => {
      if (window.session !== session) return;
      window.session = null;
      tell(window, "ended", details?.reason ?? "session-lost");
    });
    return session.user;
  });

  serve("call", (window, method, params, { idempotencyKey, timeout } = {}) => {
    if (!allowed.has(method)) throw refusal(`A window may not call ${method}.`);
    return (window.session ?? shelflife).call(method, params, { idempotencyKey, timeout });
  });

  serve("subscribe", async (window, number, types) => {
    if (!window.session) throw refusal("Sign in first.");
    const stop = await window.session.subscribe(types, (event) => tell(window, "event", { number, event }));
    window.stops.set(number, stop);
  });

  serve("unsubscribe", (window, number) => {
    window.stops.get(number)?.();
    window.stops.delete(number);
  });

  serve("loaded", silence);
  serve("signOut", (window) => signOut(window));
}

async function signOut(window) {
  const { session } = window;
  window.session = null;
  silence(window);
  await session?.signOut();
}

/** Ends what the window is told. */
function silence(window) {
  for (const stop of window.stops.values()) stop();
  window.stops.clear();
}

function tell({ sender }, name, value) {
  if (!sender.isDestroyed()) sender.send(CHANNEL + name, value);
}

function refusal(message) {
  return Object.assign(new Error(message), { toJSON: () => ({ code: "forbidden", message, details: null, retryable: false }) });
}
