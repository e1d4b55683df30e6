// Electron's parts as far as the example uses them, played by Node: what crosses between the processes is copied as IPC does.
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

/**
 * @returns what `import * as electron from "electron"` gives, and `wire`, every message that crossed, and `ask`, with which
 *   any frame asks the main process
 */
export function play() {
  const wire = [];
  const cross = (value) => {
    wire.push(JSON.stringify(value) ?? "");
    return structuredClone(value);
  };
  const handlers = new Map();
  const windows = new Set();

  class App extends EventEmitter {
    whenReady = async () => {};
    getName = () => "till";
    getVersion = () => "1.0.0";

    /** Closes the windows, asks by will-quit, and quits unless that is prevented. */
    quit() {
      for (const window of windows) window.destroy();
      let isPrevented = false;
      this.emit("will-quit", { preventDefault: () => (isPrevented = true) });
      if (!isPrevented) this.emit("quit");
    }
  }

  class WebContents extends EventEmitter {
    mainFrame = { url: "about:blank" };
    toPage = new EventEmitter();
    isGone = false;
    isDestroyed = () => this.isGone;
    send = (channel, ...values) => this.toPage.emit(channel, {}, ...cross(values));
  }

  class BrowserWindow {
    static getAllWindows = () => [...windows];
    webContents = new WebContents();

    constructor({ webPreferences }) {
      this.preload = webPreferences.preload;
      windows.add(this);
    }

    async loadFile(path) {
      this.webContents.mainFrame = { url: `file://${path}` };
      this.page = runPreload(this.preload, this.#renderer());
      return this;
    }

    destroy() {
      windows.delete(this);
      this.webContents.isGone = true;
      this.webContents.emit("destroyed");
    }

    /** What `require("electron")` gives a preload script. */
    #renderer() {
      const invoke = async (channel, ...values) => {
        const { webContents } = this;
        const event = { sender: webContents, senderFrame: webContents.mainFrame };
        return cross(await handlers.get(channel)(event, ...cross(values)));
      };
      return { invoke, on: (channel, listener) => this.webContents.toPage.on(channel, listener) };
    }
  }

  const ipcMain = { handle: (channel, handler) => handlers.set(channel, handler) };
  const dialog = { showErrorBox: (title, text) => wire.push(`${title}: ${text}`) };
  const ask = (channel, event, ...values) => handlers.get(channel)(event, ...values);
  return { app: new App(), BrowserWindow, ipcMain, dialog, wire, ask };
}

/** Runs a preload script and answers what it exposes to its pages. */
function runPreload(path, ipcRenderer) {
  const page = {};
  const contextBridge = { exposeInMainWorld: (name, api) => (page[name] = api) };
  const require = (name) => (name === "electron" ? { contextBridge, ipcRenderer } : undefined);
  runInNewContext(readFileSync(path, "utf8"), { require, console });
  return page;
}
