// Types of `@shelflife/client/ipc`: what the main process serves, and what a page finds as `window.shelflife`.
import type { BareMethodName, EventListener, EventType, MethodName, Params, Result, Shelflife, User } from "./index.js";

/** What it needs of Electron's ipcMain. */
export interface ServingIpc {
  handle(channel: string, listener: (event: any, ...values: any[]) => unknown): void;
}

export interface WindowOptions {
  /** The methods that a window may call. */
  methods: Iterable<MethodName>;
  /** Whether a page may call, by its URL; pages of the app's own files, if it is left out. */
  trusts?: (url: string) => boolean;
}

/** Serves the windows whose preload script is `preload.cjs`: one session for each, whose token stays in the main process. */
export function serveWindows(shelflife: Shelflife, ipcMain: ServingIpc, options: WindowOptions): void;

export interface WindowCallOptions {
  idempotencyKey?: string;
  timeout?: number;
}

/** `window.shelflife` of a page. What is refused rejects with the plain data of the error, which has a `code`. */
export interface WindowShelflife {
  signIn(credentials: { username: string; password: string; keepSignedIn?: boolean }): Promise<User>;
  signOut(): Promise<void>;
  call<Name extends BareMethodName>(method: Name, params?: Params<Name>, options?: WindowCallOptions): Promise<Result<Name>>;
  call<Name extends MethodName>(method: Name, params: Params<Name>, options?: WindowCallOptions): Promise<Result<Name>>;
  subscribe<Type extends EventType>(types: readonly Type[], listener: EventListener<Type>): Promise<() => void>;
  /** The session is over, and why. */
  onEnded(listener: (reason: string) => void): void;
}
