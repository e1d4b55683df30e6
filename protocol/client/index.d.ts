// Types of the client, on top of those that are generated from the program's own declarations.
import type { EventNotification, EventType, FaultCode, FaultDetails, MethodName, Methods, User } from "../shelflife.js";

export * from "../shelflife.js";

/** What the client sets itself, and takes as options of a call. */
type Reserved = "token" | "timeoutMs" | "progressToken" | "idempotencyKey";

/** The params of a method, as the app gives them. */
export type Params<Name extends MethodName> = Omit<Methods[Name]["params"], Reserved> & { [Member in Reserved]?: never };

/** What a method answers. */
export type Result<Name extends MethodName> = Methods[Name]["result"];

type WithoutNeeds<Name extends MethodName> = {} extends Params<Name> ? Name : never;

/** Methods that may be called without params. */
export type BareMethodName = { [Name in MethodName]: WithoutNeeds<Name> }[MethodName];

export interface Progress {
  percentage: number;
  message: string;
}

export interface CallOptions {
  /** Milliseconds until the call is given up, repetitions included; null for never. */
  timeout?: number | null;
  /** Asks for the call to be given up; it then settles with what came of it. */
  signal?: AbortSignal;
  /** Told how far a long call is. */
  onProgress?: (progress: Progress) => void;
  /** Of a write: the key of the person's intent, to be reused for every retry. Else one is made for each call. */
  idempotencyKey?: string;
}

export interface TokenOptions extends CallOptions {
  /** A token of auth.login. A session of `signIn` carries its own. */
  token?: string;
}

/** Codes that this client adds to those of the program. */
export type ClientCode = "sidecar-gone" | "session-lost" | "interrupted" | "closed" | "protocol-mismatch";

type DetailsOf<Code> = Code extends keyof FaultDetails ? FaultDetails[Code] : Record<string, unknown> | null;

/** What every refused call rejects with. */
export class ShelflifeError<Code extends FaultCode | ClientCode = FaultCode | ClientCode> extends Error {
  readonly code: Code;
  readonly details: DetailsOf<Code>;
  /** Whether the same call can succeed later without a change. */
  readonly retryable: boolean;
  readonly method: MethodName | null;
  /** The key of the write: a call under it again does nothing twice. Null for what is no write. */
  readonly idempotencyKey: string | null;
  /** True where the call may have taken effect although this error does not tell. */
  readonly mayHaveHappened: boolean;
  /** Whether something is an error with this code; types its details. */
  static is<Code extends FaultCode | ClientCode>(error: unknown, code: Code): error is ShelflifeError<Code>;
  toJSON(): ErrorData;
}

/** An error as plain data, for a channel that carries no errors. */
export interface ErrorData {
  code: FaultCode | ClientCode;
  message: string;
  details: unknown;
  retryable: boolean;
  method: MethodName | null;
  idempotencyKey: string | null;
  mayHaveHappened: boolean;
}

/** A line of the program's log, or (isRaw) whatever else it wrote to stderr. */
export interface LogEntry {
  at?: string;
  level: string;
  message: string;
  isRaw?: true;
  [member: string]: unknown;
}

/** Told to every listener whatever its types: a restore replaced the shop, so that everything is to be read anew. */
export type ShopReplaced = { type: "shop.replaced"; at: string; cursor: string | null; data: {} };

export type EventListener<Type extends EventType> = (event: EventNotification<Type> | ShopReplaced) => void;

export interface Options {
  /** The program. SHELFLIFE_BIN, else `../../bin/shelflife` beside the client. */
  command?: string;
  /** Further arguments. */
  args?: readonly string[];
  /** Where the shop lies. */
  dataDir?: string;
  /** A PostgreSQL server instead of the program's own; goes through the environment. An inherited DATABASE_URL is ignored. */
  databaseUrl?: string;
  /** Added to the environment of this process. */
  env?: Record<string, string>;
  /** Who calls, for the log. */
  client?: { name: string; version: string };
  /** Milliseconds that a call may take where it does not say; 60 000. Long methods have none. */
  timeout?: number | null;
  restart?: {
    /** Before the first restart of a series; 100. */
    minDelayMs?: number;
    /** Between restarts at most; 10 000. */
    maxDelayMs?: number;
    /** As many exits in the window, without having been ready in between, and the program is given up; 5. */
    limit?: number;
    /** 60 000. */
    windowMs?: number;
  };
}

export interface ClientEvents {
  /** A line of the program's log. */
  log: [entry: LogEntry];
  /** How the start goes on. */
  progress: [progress: Progress];
  /** The database is ready; again after every restart. */
  ready: [hello: Result<"system.hello">];
  /** The program has ended, asked or not. */
  exit: [end: { status: number | null; signal: string | null }];
  /** It will be started again. */
  restart: [plan: { delayMs: number; attempt: number }];
  /** It will not. */
  "gave-up": [error: ShelflifeError<"sidecar-gone" | "protocol-mismatch">];
  /** `close` is done. */
  closed: [];
}

/** The part of Node's EventEmitter that the client's objects promise. */
interface Emitter<Emitted extends { [Name in keyof Emitted]: unknown[] }> {
  on<Name extends keyof Emitted>(event: Name, listener: (...values: Emitted[Name]) => void): this;
  once<Name extends keyof Emitted>(event: Name, listener: (...values: Emitted[Name]) => void): this;
  off<Name extends keyof Emitted>(event: Name, listener: (...values: Emitted[Name]) => void): this;
}

/** What `quitWith` needs of Electron's app. */
export interface QuittingApp {
  on(event: "will-quit", listener: (event: { preventDefault(): void }) => void): unknown;
  quit(): void;
}

export class Shelflife {
  /** Starts the program at once. */
  constructor(options?: Options);
  /** Resolves once the database is ready; after a crash it is a new promise. */
  readonly ready: Promise<Result<"system.hello">>;
  /** What the program said of itself; null before it has. */
  readonly hello: Result<"system.hello"> | null;
  /** The process; null while there is none. */
  readonly pid: number | null;
  /** Calls that are neither answered nor refused. */
  readonly unsettledCalls: number;
  call<Name extends BareMethodName>(method: Name, params?: Params<Name>, options?: TokenOptions): Promise<Result<Name>>;
  call<Name extends MethodName>(method: Name, params: Params<Name>, options?: TokenOptions): Promise<Result<Name>>;
  /** Signs somebody in. With keepSignedIn the credentials stay in memory, and the session outlives a crash of the program. */
  signIn(credentials: { username: string; password: string; keepSignedIn?: boolean }): Promise<Session>;
  /** Ends the program: asks, sends SIGTERM after `timeout` milliseconds (10 000), SIGKILL after half as long again. */
  close(options?: { timeout?: number }): Promise<void>;
  /** Has Electron's app wait with its end until the program has ended. */
  quitWith(app: QuittingApp): void;
}

export interface Shelflife extends Emitter<ClientEvents> {}

export interface SessionEvents {
  /** It is over; details.reason tells why. */
  ended: [error: ShelflifeError<"session-lost">];
}

/** Somebody who is signed in. The token stays inside. */
export interface Session extends Emitter<SessionEvents> {
  readonly user: User;
  readonly isEnded: boolean;
  call<Name extends BareMethodName>(method: Name, params?: Params<Name>, options?: CallOptions): Promise<Result<Name>>;
  call<Name extends MethodName>(method: Name, params: Params<Name>, options?: CallOptions): Promise<Result<Name>>;
  /** Has events told to a listener, each once and in order. Resolves with the function that ends it once nothing is missed. */
  subscribe<Type extends EventType>(types: readonly Type[], listener: EventListener<Type>): Promise<() => void>;
  signOut(): Promise<void>;
}

/** Methods that take an idempotency key. */
export const WRITES: ReadonlySet<MethodName>;
/** Methods that may be called twice without a key. */
export const READS: ReadonlySet<MethodName>;
