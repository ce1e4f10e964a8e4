import { cleanup, fireEvent, render, screen, within } from "@testing-library/svelte";
import { afterEach, describe, expect, it } from "vitest";
import Packages from "../src/run/tabs/Packages.svelte";
import type { Run } from "../src/api/types";

const names = (): (string | null)[] => screen.getAllByRole("row").slice(1).map((row) => within(row).getAllByRole("cell")[0]?.textContent ?? null);
const packages = [..."cabdefghij"].map((name, index) => ({ name, version: String(10 - index), date: null, revision_id: null, build_id: null }));

afterEach(cleanup);

describe("a table", () => {
  it("sorts by its headers: up, down, and back to the order of the server", async () => {
    render(Packages, { run: { packages } as unknown as Run });
    expect(names().slice(0, 3)).toEqual(["c", "a", "b"]);
    const header = screen.getByRole("button", { name: "Name" });
    await fireEvent.click(header);
    expect(names().slice(0, 3)).toEqual(["a", "b", "c"]);
    expect(screen.getByRole("columnheader", { name: "Name" }).getAttribute("aria-sort")).toBe("ascending");
    await fireEvent.click(header);
    expect(names().slice(0, 2)).toEqual(["j", "i"]);
    await fireEvent.click(header);
    expect(names().slice(0, 3)).toEqual(["c", "a", "b"]);
    await fireEvent.click(screen.getByRole("button", { name: "Version" }));
    expect(names().at(-1)).toBe("c");
  });

  it("filters by text, and says how much is left", async () => {
    render(Packages, { run: { packages } as unknown as Run });
    await fireEvent.input(screen.getByRole("searchbox"), { target: { value: "^[ab]" } });
    expect(names()).toEqual(["a", "b"]);
    expect(screen.getByRole("status").textContent).toBe("2 of 10");
  });

  it("without rows says why", () => {
    render(Packages, { run: { packages: [] } as unknown as Run });
    expect(screen.getByText(/No package version was submitted/)).toBeTruthy();
  });
});
