// What crosses the customer's socket; docs/chat.md says what it means.

/** A file of a message. `ref` is how the lobby knows it; to fetch or to send one is still to come. */
export interface Attachment {
  readonly name?: string;
  readonly media_type?: string;
  readonly size_bytes?: number;
  readonly ref?: string;
}

export interface Entry {
  readonly id: string;
  readonly by: "you" | "agent" | "system";
  readonly name?: string;
  readonly text: string;
  /** RFC 3339. */
  readonly at: string;
  readonly attachments?: readonly Attachment[];
  readonly cursor: string;
}

export type State = "none" | "waiting" | "with_agent" | "resolved";

export interface Status {
  readonly type: "status";
  readonly state: State;
  readonly agent?: string;
  readonly position?: number;
  readonly wait_seconds?: number;
}

export interface Welcome {
  readonly type: "welcome";
  readonly token: string;
  readonly lang: string;
  readonly heartbeat_seconds: number;
  readonly logged_in: boolean;
  /** From now on; not a time, since this side's clock may be wrong by years. */
  readonly logged_in_seconds?: number;
  readonly limits: { readonly text: number; readonly messages_per_minute: number };
}

export type Reason = "invalid" | "too_large" | "too_many_messages" | "busy";

export type FromLobby =
  | Welcome
  | Status
  | { readonly type: "entry"; readonly entry: Entry }
  | { readonly type: "caught_up" }
  | { readonly type: "ack"; readonly id: string }
  | { readonly type: "nack"; readonly id: string; readonly retry_after_seconds: number }
  | { readonly type: "typing" }
  | { readonly type: "ask_rating"; readonly id: string }
  | { readonly type: "pong" }
  | { readonly type: "error"; readonly id?: string; readonly reason: Reason };

/** What is said again, under its id, until the lobby has it. */
export type Lasting =
  | { readonly type: "message"; readonly id: string; readonly text: string }
  | {
      readonly type: "rate";
      readonly id: string;
      readonly score: number;
      readonly comment?: string;
    }
  | { readonly type: "leave"; readonly id: string };

export interface Hello {
  readonly type: "hello";
  readonly token?: string;
  readonly customer_token?: string;
  readonly lang?: string;
  readonly since?: string;
}

export type FromCustomer =
  | Hello
  | Lasting
  | { readonly type: "typing" }
  | { readonly type: "got"; readonly entries: readonly string[] }
  | { readonly type: "ping" };

export const MOST_GOT = 200;

export const Close = {
  RESTARTING: 1012,
  NO_SESSION: 4401,
  NO_CUSTOMER: 4403,
  REPLACED: 4409,
  TOO_MANY_MESSAGES: 4429,
} as const;

/** A message of the lobby; null for what we do not understand, which is passed by. */
export function parse(text: string): FromLobby | null {
  try {
    const said: unknown = JSON.parse(text);
    if (typeof said !== "object" || said === null || !("type" in said)) return null;
    return typeof said.type === "string" ? (said as FromLobby) : null;
  } catch {
    return null;
  }
}
