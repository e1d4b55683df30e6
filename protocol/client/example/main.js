// An Electron main process. It takes Electron's parts as parameters, so that Node can play it: see example.test.js.
//
//   import * as electron from "electron";
//   openShop(electron, { dataDir: join(electron.app.getPath("userData"), "shop"), command: … });
import { fileURLToPath } from "node:url";
import { Shelflife } from "../index.js";
import { serveWindows } from "../ipc.js";

const PRELOAD = fileURLToPath(new URL("../preload.cjs", import.meta.url));
const PAGE = fileURLToPath(new URL("till.html", import.meta.url));

/** What a till needs. Setting up, users and backups are the business of other windows. */
const TILL_METHODS = [
  "system.status",
  "auth.me",
  "auth.changePassword",
  "store.get",
  "products.list",
  "inventory.list",
  "inventory.get",
  "sales.quote",
  "sales.create",
  "sales.get",
  "sales.list",
  "sales.reprint",
  "dashboard.summary",
];

export async function openShop({ app, BrowserWindow, ipcMain, dialog }, { dataDir, command }) {
  await app.whenReady();
  const shelflife = new Shelflife({ dataDir, command, client: { name: app.getName(), version: app.getVersion() } });
  shelflife.quitWith(app);
  shelflife.on("log", (entry) => console.error(JSON.stringify(entry)));
  shelflife.on("gave-up", ({ message }) => {
    dialog.showErrorBox("The shop cannot be opened", message);
    app.quit();
  });

  serveWindows(shelflife, ipcMain, { methods: TILL_METHODS });

  const openWindow = () => {
    const webPreferences = { preload: PRELOAD, contextIsolation: true, sandbox: true, nodeIntegration: false };
    return new BrowserWindow({ width: 1024, height: 768, webPreferences }).loadFile(PAGE);
  };
  app.on("activate", () => BrowserWindow.getAllWindows().length === 0 && openWindow());
  app.on("window-all-closed", () => app.quit());
  await openWindow();
  return shelflife;
}
