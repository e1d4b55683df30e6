// The preload script of a window: all that its pages get of Shelflife. CommonJS, as a sandboxed preload script has to be.
const { contextBridge, ipcRenderer } = require("electron");

const CHANNEL = "shelflife:";
const listeners = new Map();
let lastNumber = 0;

// A page must not get at `event.sender`: only the values are handed on.
ipcRenderer.on(`${CHANNEL}event`, (_, { number, event }) => listeners.get(number)?.(event));

async function ask(name, ...values) {
  const { result, error } = await ipcRenderer.invoke(CHANNEL + name, ...values);
  // contextBridge carries an error's message and nothing else, so a refusal goes to the page as plain data.
  if (error) throw error;
  return result;
}

contextBridge.exposeInMainWorld("shelflife", {
  signIn: ({ username, password, keepSignedIn = false }) => ask("signIn", { username, password, keepSignedIn }),
  signOut: () => ask("signOut"),
  call: (method, params = {}, { idempotencyKey, timeout } = {}) => ask("call", method, params, { idempotencyKey, timeout }),
  subscribe: async (types, listener) => {
    const number = ++lastNumber;
    const stop = () => {
      listeners.delete(number);
      ask("unsubscribe", number).catch(() => {});
    };
    listeners.set(number, listener);
    try {
      await ask("subscribe", number, types);
    } catch (error) {
      listeners.delete(number);
      throw error;
    }
    return stop;
  },
  onEnded: (listener) => ipcRenderer.on(`${CHANNEL}ended`, (_, reason) => listener(reason)),
});

// What a page listened to before it was loaded again is over.
ask("loaded").catch(() => {});
