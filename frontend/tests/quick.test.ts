import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fetchAhead, MOST, saves, WAIT_MS, whenOf } from "../src/quick/ahead";
import { keepPlace, returnToPlace } from "../src/quick/scroll";

function link(href: string, attributes: Record<string, string> = {}): HTMLAnchorElement {
  const made = document.createElement("a");
  made.href = href;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  document.body.append(made);
  return made;
}

afterEach(() => document.body.replaceChildren());

describe("which pages are fetched ahead", () => {
  it.each(["/workspace?state=x", "/tests/generic/1", "/tests/generic/1/events", "/dashboard/a%2Fb", "/release/a/room", "/test/1/runs", "/notifications/"])("%s when it is pointed at", (href) => {
    expect(whenOf(link(href))).toBe("pointed");
  });
  it.each(["/releases", "/views", "/view/weekly", "/plan/1", "/release/a/planner"])("%s, which holds what it shows, when it is pressed", (href) => {
    expect(whenOf(link(href))).toBe("pressed");
  });
  it.each(["/auth/logout", "/auth/login", "/profile/", "/profile/oauth/github", "/api/v1/tests", "/storage/picture/1", "/s/argus.png", "/admin/migration", "/alert_debug", "/", "https://example.com/workspace", "mailto:a@b.cc"])("%s never", (href) => {
    expect(whenOf(link(href))).toBeUndefined();
  });
  it("no file, no other tab, no place on the same page", () => {
    expect(whenOf(link("/workspace", { download: "" }))).toBeUndefined();
    expect(whenOf(link("/workspace", { target: "_blank" }))).toBeUndefined();
    expect(whenOf(link(`${location.pathname}#below`))).toBeUndefined();
  });
  it("nothing for whoever saves data", () => {
    expect([saves({ saveData: true }), saves({ effectiveType: "slow-2g" }), saves({ effectiveType: "4g" }), saves(undefined)]).toEqual([true, true, false, false]);
  });
});

describe("when links are marked", () => {
  let end: () => void;
  beforeEach(() => {
    vi.useFakeTimers();
    end = fetchAhead();
  });
  afterEach(() => {
    end();
    vi.useRealTimers();
  });
  const on = (target: Element, event: string): boolean => target.dispatchEvent(new Event(event, { bubbles: true }));
  const marked = (): number => document.querySelectorAll("a[data-ahead]").length;

  it("pointed at for a moment, or focused; not passed by", () => {
    const [passed, pointed, focused] = [link("/test/1/runs"), link("/test/2/runs"), link("/test/3/runs")];
    on(passed, "pointerover");
    vi.advanceTimersByTime(WAIT_MS - 1);
    on(pointed, "pointerover");
    vi.advanceTimersByTime(WAIT_MS);
    on(focused, "focusin");
    vi.advanceTimersByTime(WAIT_MS);
    expect([passed, pointed, focused].map((item) => "ahead" in item.dataset)).toEqual([false, true, true]);
  });
  it("what holds its data only when it is pressed", () => {
    const plan = link("/plan/1");
    on(plan, "pointerover");
    vi.advanceTimersByTime(WAIT_MS);
    expect(marked()).toBe(0);
    on(plan, "pointerdown");
    expect(marked()).toBe(1);
  });
  it("so many and no more, each address once", () => {
    for (let number = 0; number < MOST + 5; number++) on(link(`/test/${Math.max(1, number)}/runs`), "pointerdown");
    expect(marked()).toBe(MOST);
  });
});

describe("where a page was left", () => {
  it("is gone to when the page is long enough, and not after its reader did something", () => {
    let grown: () => void = () => undefined;
    class Watching {
      constructor(task: () => void) {
        grown = task;
      }
      observe(): void {}
      disconnect(): void {
        grown = () => undefined;
      }
    }
    vi.stubGlobal("ResizeObserver", Watching);
    const to = vi.spyOn(window, "scrollTo").mockImplementation(() => undefined);
    const height = vi.spyOn(document.documentElement, "scrollHeight", "get").mockReturnValue(500);
    vi.stubGlobal("scrollY", 700);
    keepPlace();
    vi.stubGlobal("scrollY", 0);
    returnToPlace();
    grown();
    expect(to).not.toHaveBeenCalled();
    height.mockReturnValue(5000);
    grown();
    expect(to).toHaveBeenCalledExactlyOnceWith(0, 700);
    dispatchEvent(new Event("wheel"));
    grown();
    expect(to).toHaveBeenCalledOnce();
    vi.unstubAllGlobals();
  });
});
