import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, expect, it, vi } from "vitest";
import Siblings from "../src/run/Siblings.svelte";
import { otherTests } from "../src/run/siblings";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const many = Array.from({ length: 60 }, (_, index) => ({ id: `${index}`, name: `test-${index}`, href: `/test/${index}/runs` }));

it("are asked for when the menu is opened, and bounded", async () => {
  const load = vi.fn(async () => many);
  render(Siblings, { kind: "tests", current: "7", load });
  expect(load).not.toHaveBeenCalled();
  await fireEvent.click(screen.getByRole("button", { name: "Other tests" }));
  expect((await screen.findAllByRole("link")).length).toBe(50);
  expect(screen.getByText("10 more: type to narrow them.")).toBeTruthy();
  expect(screen.getByRole("link", { current: true }).textContent).toBe("test-7");
  await fireEvent.input(screen.getByRole("searchbox"), { target: { value: "test-5\\d" } });
  expect(screen.getAllByRole("link").length).toBe(10);
});

it("are walked through by arrows, and Escape leads back to the button", async () => {
  render(Siblings, { kind: "tests", current: "7", load: async () => many });
  const button = screen.getByRole("button", { name: "Other tests" });
  await fireEvent.click(button);
  await screen.findAllByRole("link");
  const press = async (key: string): Promise<boolean> => await fireEvent.keyDown(document.activeElement!, { key });
  expect(document.activeElement).toBe(screen.getByRole("searchbox"));
  await press("ArrowDown");
  await press("ArrowDown");
  expect(document.activeElement?.textContent).toBe("test-1");
  await press("ArrowUp");
  expect(document.activeElement?.textContent).toBe("test-0");
  await press("Escape");
  expect(screen.queryByRole("link")).toBeNull();
  expect(document.activeElement).toBe(button);
});

it("leave out what is switched off, and stand by number", async () => {
  const test = (name: string, enabled = true) => ({ id: name, name, pretty_name: null, enabled });
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ status: "ok", response: [test("t-10"), test("t-9"), test("off", false)] }), { headers: { "Content-Type": "application/json" } }));
  expect((await otherTests("g")).map((one) => one.name)).toEqual(["t-9", "t-10"]);
});
