import { describe, expect, test } from "vitest";

import { MemoryBox, Store, type Box } from "../src/store.js";
import { FakeClock, Tab } from "./fakes.js";

function begun(tab = new Tab()): Tab {
  tab.session.start();
  tab.socket.ready();
  return tab;
}

describe("a session", () => {
  test("begins without a token and goes on with the one it was given", () => {
    const tab = begun();
    expect(tab.socket.of("hello")).toEqual([{ type: "hello", lang: "lt" }]);
    tab.socket.entry("r-1", "agent", "Hello", 5);
    tab.socket.events.closed(1006);
    tab.clock.pass(500);
    tab.socket.events.opened();
    expect(tab.socket.of("hello")).toEqual([
      { type: "hello", lang: "lt", token: "t-1", since: "5.0" },
    ]);
  });

  test("that was never begun connects to nobody by itself", () => {
    expect(new Tab().session.begun).toBe(false);
    expect(new Tab(new FakeClock(), begun().box).session.begun).toBe(true);
  });

  test("begins in one tab at a time", () => {
    const waiting: (() => void)[] = [];
    let free = true;
    const acquire = (granted: (release: () => void) => void): void => {
      const take = (): void => {
        free = false;
        granted(() => {
          free = true;
          waiting.shift()?.();
        });
      };
      if (free) take();
      else waiting.push(take);
    };
    const box = new MemoryBox();
    const [one, other] = [
      new Tab(new FakeClock(), box, { acquire }),
      new Tab(new FakeClock(), box, { acquire }),
    ];
    one.session.start();
    other.session.start();
    expect(other.sockets).toHaveLength(0);
    one.socket.welcome("t-one");
    other.socket.events.opened();
    expect(other.socket.of("hello")[0]?.token).toBe("t-one");
  });

  test("whose token is refused begins anew", () => {
    const tab = begun();
    tab.socket.events.closed(4401);
    expect(tab.stored("token")).toBeNull();
    tab.clock.pass(500);
    tab.socket.events.opened();
    expect(tab.socket.of("hello")).toEqual([{ type: "hello", lang: "lt" }]);
  });

  test("that is over leaves what was said in sight, and asks the new one for all of its own", () => {
    const tab = begun();
    tab.socket.entry("r-1", "agent", "Hello", 5);
    tab.session.write("confirmed");
    tab.session.write("on the way");
    tab.socket.tell({ type: "ack", id: tab.socket.of("message")[0]!.id });
    tab.socket.events.closed(4401);
    tab.clock.pass(500);
    tab.socket.ready("t-2");
    expect(tab.socket.of("hello")).toEqual([{ type: "hello", lang: "lt" }]);
    const { id } = tab.socket.of("message")[0]!;
    tab.socket.tell({ type: "ack", id });
    tab.socket.entry(id, "you", "on the way", 50);
    expect(tab.texts()).toEqual([
      ["Hello", undefined],
      ["confirmed", "sent"],
      ["on the way", "sent"],
    ]);
    tab.socket.events.closed(1006);
    tab.clock.pass(500);
    tab.socket.events.opened();
    expect(tab.socket.of("hello")[0]?.since).toBe("50.0");
  });

  test("keeps the token that a tab beside it began anew with", () => {
    const tab = begun();
    tab.socket.events.closed(1006);
    tab.clock.pass(500);
    tab.socket.events.opened();
    new Store(tab.box, "website").set("token", "t-new");
    tab.socket.events.closed(4401);
    expect(tab.stored("token")).toBe("t-new");
  });

  test("that is logged out keeps nothing, in no tab", () => {
    const tab = begun();
    const beside = begun(new Tab(tab.clock, tab.box));
    tab.session.write("Hello");
    tab.session.logout();
    beside.session.changedElsewhere("logout");
    for (const each of [tab, beside]) {
      expect(each.socket.closed).toBe(true);
      expect(each.texts()).toEqual([]);
      expect(each.session.view().line).toBe("off");
    }
    expect(tab.stored("token")).toBeNull();
    expect(new Store(tab.box, "website").names("out:")).toEqual([]);
  });
});

describe("the line", () => {
  test.each([
    [1006, 250],
    [1012, 1_500],
    [1013, 250],
    [4408, 250],
    [4429, 60_250],
  ])("closed with %i is taken up again after a random pause", (code, pause) => {
    const tab = begun();
    tab.socket.events.closed(code);
    tab.clock.pass(pause - 1);
    expect(tab.sockets).toHaveLength(1);
    tab.clock.pass(1);
    expect(tab.sockets).toHaveLength(2);
  });

  test("pauses longer each time, up to half a minute, and is short again after a success", () => {
    const tab = new Tab();
    tab.chance = 1;
    tab.session.start();
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 9; attempt += 1) {
      tab.socket.events.closed(1006);
      let waited = 0;
      for (; tab.sockets.length === attempt; waited += 500) tab.clock.pass(500);
      pauses.push(waited);
    }
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    tab.socket.ready();
    tab.socket.events.closed(1006);
    tab.clock.pass(500);
    expect(tab.sockets).toHaveLength(11);
  });

  test("is tried at once when the network is back, but not by one who said too much", () => {
    const tab = begun();
    tab.socket.events.closed(1013);
    tab.session.nudge();
    expect(tab.sockets).toHaveLength(2);
    tab.socket.events.closed(4429);
    tab.session.nudge();
    expect(tab.sockets).toHaveLength(2);
  });

  test("of one tab too many stays closed until the customer wants it", () => {
    const tab = begun();
    tab.socket.events.closed(4409);
    tab.clock.pass(3_600_000);
    tab.session.nudge();
    expect(tab.session.view().line).toBe("elsewhere");
    expect(tab.sockets).toHaveLength(1);
    tab.session.start();
    expect(tab.sockets).toHaveLength(2);
  });

  test("says that it is there, and gives up one that does not answer", () => {
    const tab = begun();
    tab.clock.pass(25_000);
    expect(tab.socket.of("ping")).toHaveLength(1);
    tab.socket.tell({ type: "pong" });
    tab.clock.pass(25_000);
    expect(tab.socket.of("ping")).toHaveLength(2);
    const silent = tab.socket;
    tab.clock.pass(10_250);
    expect(silent.closed).toBe(true);
    expect(tab.sockets).toHaveLength(2);
  });

  test("passes by what it does not understand", () => {
    const tab = begun();
    tab.socket.events.heard("{");
    tab.socket.events.heard("[1]");
    tab.socket.tell({ type: "fireworks" });
    expect(tab.session.view().line).toBe("up");
  });
});

describe("a message", () => {
  test("is sending, then sent, and merges with what is told back", () => {
    const tab = begun();
    tab.session.write("  card 4111 1111 1111 1111 ");
    expect(tab.texts()).toEqual([["card 4111 1111 1111 1111", "sending"]]);
    const { id } = tab.socket.of("message")[0]!;
    tab.socket.tell({ type: "ack", id });
    expect(tab.texts()).toEqual([["card 4111 1111 1111 1111", "sent"]]);
    tab.socket.entry(id, "you", "card [card …1111]", 7);
    expect(tab.texts()).toEqual([["card [card …1111]", "sent"]]);
  });

  test("is repeated under its id until it is confirmed, in order, and never after the next one", () => {
    const tab = begun();
    for (const text of ["one", "two", "three"]) tab.session.write(text);
    expect(tab.socket.of("message").map((each) => each.text)).toEqual(["one"]);
    const [first] = tab.socket.of("message");
    tab.socket.events.closed(1012);
    tab.clock.pass(3_000);
    tab.socket.ready();
    expect(tab.socket.of("message")).toEqual([first]);
    tab.socket.tell({ type: "ack", id: first!.id });
    tab.socket.tell({ type: "ack", id: tab.socket.of("message")[1]!.id });
    expect(tab.socket.of("message").map((each) => each.text)).toEqual(["one", "two", "three"]);
  });

  test("that was not confirmed is said again after the given time", () => {
    const tab = begun();
    tab.session.write("one");
    tab.session.write("two");
    const { id } = tab.socket.of("message")[0]!;
    tab.socket.tell({ type: "nack", id, reason: "not_confirmed", retry_after_seconds: 2 });
    tab.clock.pass(1_999);
    expect(tab.socket.of("message")).toHaveLength(1);
    tab.clock.pass(1);
    expect(tab.socket.of("message").map((each) => each.id)).toEqual([id, id]);
  });

  test("outlives the page", () => {
    const before = new Tab();
    before.session.write("one");
    before.session.write("two");
    const after = new Tab(new FakeClock(), before.box);
    expect(after.session.begun).toBe(true);
    expect(after.texts()).toEqual([
      ["one", "sending"],
      ["two", "sending"],
    ]);
    after.session.start();
    after.socket.ready();
    const { id } = after.socket.of("message")[0]!;
    expect(before.session.view().items[0]?.id).toBe(id);
  });

  test("of two tabs never shares an id, and each has one", () => {
    const one = begun();
    const other = begun(new Tab(one.clock, one.box));
    one.chance = 0.25; // ids are made of chance when a tab begins
    const third = begun(new Tab(one.clock, one.box, { random: () => 0.125 }));
    one.session.write("from one");
    third.session.write("from the third");
    const ids = [one, third].map((tab) => tab.socket.of("message")[0]!.id);
    expect(new Set(ids).size).toBe(2);
    expect(other.socket.of("message")).toEqual([]);
  });

  test("told back before its confirmation counts as confirmed", () => {
    const tab = begun();
    tab.session.write("one");
    tab.session.write("two");
    tab.socket.entry(tab.socket.of("message")[0]!.id, "you", "one", 5);
    expect(tab.socket.of("message").map((each) => each.text)).toEqual(["one", "two"]);
  });

  test("that is refused waits for the customer and lets the others by", () => {
    const tab = begun();
    tab.session.write("much too long");
    tab.session.write("two");
    const { id } = tab.socket.of("message")[0]!;
    tab.socket.tell({ type: "error", id, reason: "too_large", detail: "text" });
    expect(tab.texts()).toEqual([
      ["much too long", "failed"],
      ["two", "sending"],
    ]);
    tab.socket.tell({ type: "ack", id: tab.socket.of("message")[1]!.id });
    tab.session.retry(id);
    expect(tab.socket.of("message").map((each) => each.id)[2]).toBe(id);
    tab.socket.tell({ type: "error", id, reason: "too_large", detail: "text" });
    expect(tab.session.withdraw(id)).toBe("much too long");
    expect(tab.texts()).toEqual([["two", "sent"]]);
  });

  test("is kept in memory where the browser keeps nothing", () => {
    const refusing: Box = {
      length: 0,
      key: () => null,
      getItem: () => null,
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
      removeItem: () => undefined,
    };
    const tab = begun(new Tab(new FakeClock(), refusing));
    tab.session.write("one");
    tab.socket.events.closed(1006);
    tab.clock.pass(1_000);
    tab.socket.ready();
    expect(tab.socket.of("message")).toHaveLength(1);
    expect(tab.socket.of("hello")[0]?.token).toBe("t-1");
  });

  test("is Unicode, whatever was pasted", () => {
    const tab = begun();
    tab.session.write("a\ud800b 🎲");
    expect(tab.socket.of("message")[0]?.text).toBe("a\ufffdb 🎲");
  });
});

describe("what is told", () => {
  test("names its files", () => {
    const tab = begun();
    const attachments = [
      { name: "rules.pdf", ref: "1" },
      { name: "", media_type: "image/png" },
    ];
    const at = "2026-11-24T10:00:03Z";
    const entry = { id: "r-1", by: "agent", text: "", at, attachments, cursor: "3.0" };
    tab.socket.tell({ type: "entry", entry });
    expect(tab.session.view().items[0]?.files).toEqual(["rules.pdf", "image/png"]);
  });

  test("is shown once, by time", () => {
    const tab = begun();
    tab.socket.entry("r-2", "agent", "second", 9);
    tab.socket.entry("r-1", "agent", "first", 3);
    tab.socket.entry("r-2", "agent", "second", 9);
    expect(tab.texts().map(([text]) => text)).toEqual(["first", "second"]);
  });

  test("is reported when it was seen, again when it is told again, and is unread until then", () => {
    const tab = begun();
    tab.socket.entry("r-1", "agent", "Hello", 3);
    expect(tab.session.view().unread).toBe(1);
    expect(tab.socket.of("got")).toEqual([]);
    tab.session.seen();
    tab.session.seen();
    expect(tab.session.view().unread).toBe(0);
    expect(tab.socket.of("got")).toEqual([{ type: "got", entries: ["r-1"] }]);
    tab.socket.entry("r-1", "agent", "Hello", 3);
    tab.session.seen();
    expect(tab.socket.of("got")).toHaveLength(2);
    const page = begun(new Tab(tab.clock, tab.box));
    page.socket.entry("r-1", "agent", "Hello", 3);
    expect(page.session.view().unread).toBe(0);
  });

  test("a long history is reported in parts", () => {
    const tab = begun();
    for (let n = 0; n < 450; n += 1) tab.socket.entry(`r-${n}`, "agent", "text", 3);
    tab.session.seen();
    expect(tab.socket.of("got").map((each) => each.entries.length)).toEqual([200, 200, 50]);
  });

  test("typing shows for five seconds, or until the words are there", () => {
    const tab = begun();
    tab.socket.tell({ type: "typing" });
    expect(tab.session.view().typing).toBe(true);
    tab.clock.pass(5_000);
    expect(tab.session.view().typing).toBe(false);
    tab.socket.tell({ type: "typing" });
    tab.socket.entry("r-1", "agent", "Hello", 3);
    expect(tab.session.view().typing).toBe(false);
  });

  test("the customer's typing is told every three seconds at most", () => {
    const tab = begun();
    for (let key = 0; key < 10; key += 1) {
      tab.session.types();
      tab.clock.pass(500);
    }
    expect(tab.socket.of("typing")).toHaveLength(2);
  });
});

describe("a rating", () => {
  function asked(tab = begun()): Tab {
    tab.socket.entry("r-9", "system", "How was it?", 9);
    tab.socket.tell({ type: "ask_rating", id: "r-9" });
    return tab;
  }

  test("is asked, said until it is confirmed, thanked for, and not asked again", () => {
    const tab = asked();
    expect(tab.session.view().rating).toBe("asked");
    tab.session.rate(4, " quick ");
    expect(tab.session.view().rating).toBe("sending");
    const { id } = tab.socket.of("rate")[0]!;
    expect(tab.socket.of("rate")).toEqual([{ type: "rate", id, score: 4, comment: "quick" }]);
    tab.socket.tell({ type: "ack", id });
    expect(tab.session.view().rating).toBe("thanked");
    const page = asked(begun(new Tab(tab.clock, tab.box)));
    expect(page.session.view().rating).toBeNull();
  });

  test("is asked no more once something else was said", () => {
    const tab = asked();
    tab.session.write("One more thing");
    expect(tab.session.view().rating).toBeNull();
    const other = asked();
    other.socket.entry("r-10", "agent", "By the way", 10);
    expect(other.session.view().rating).toBeNull();
  });

  test("that was refused may be given again", () => {
    const tab = asked();
    tab.session.rate(5, "");
    tab.socket.tell({
      type: "error",
      id: tab.socket.of("rate")[0]!.id,
      reason: "invalid",
      detail: "",
    });
    expect(tab.session.view().rating).toBe("asked");
  });
});

describe("logging in", () => {
  test("before there is anything waits for the first hello", () => {
    const tab = new Tab();
    tab.session.login("jwt");
    expect(tab.sockets).toHaveLength(0);
    tab.session.start();
    tab.socket.ready();
    expect(tab.socket.of("hello")).toEqual([{ type: "hello", lang: "lt", customer_token: "jwt" }]);
  });

  test("during a session is another hello, and so it is while the history comes", () => {
    const tab = begun();
    tab.session.login("jwt");
    expect(tab.socket.of("hello")[1]).toEqual({ type: "hello", customer_token: "jwt" });
    const early = new Tab();
    early.session.start();
    early.socket.welcome();
    early.session.login("jwt");
    early.socket.tell({ type: "caught_up" });
    expect(early.socket.of("hello")[1]).toEqual({ type: "hello", customer_token: "jwt" });
  });

  test.each([
    ["before the old one ends", 80, 20_000],
    ["after a pause, where one is for seconds only", 5, 10_000],
  ])("the site is asked for a new token %s", (_, seconds, asked) => {
    const tab = new Tab();
    tab.session.login("jwt");
    tab.session.start();
    tab.socket.ready("t-1", { logged_in_seconds: seconds });
    tab.clock.pass(asked - 1);
    expect(tab.wanted).toEqual([]);
    tab.clock.pass(1);
    expect(tab.wanted).toEqual(["expiring"]);
  });

  test("a token that is refused at the hello is left out of the next one", () => {
    const tab = new Tab();
    tab.session.login("jwt");
    tab.session.start();
    tab.socket.events.opened();
    tab.socket.events.closed(4403);
    expect(tab.wanted).toEqual(["refused"]);
    tab.clock.pass(500);
    tab.socket.events.opened();
    expect(tab.socket.of("hello")).toEqual([{ type: "hello", lang: "lt" }]);
  });

  test("somebody else on the same line begins their own session", () => {
    const tab = begun();
    tab.socket.entry("r-1", "agent", "For the first one", 3);
    tab.session.login("jwt-of-another");
    tab.socket.events.closed(4403);
    expect(tab.texts()).toEqual([]);
    tab.clock.pass(500);
    tab.socket.events.opened();
    expect(tab.socket.of("hello")).toEqual([
      { type: "hello", lang: "lt", customer_token: "jwt-of-another" },
    ]);
  });
});
