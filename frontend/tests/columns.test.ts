import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import ColumnChoice from "../src/board/ColumnChoice.svelte";
import { columnsLeftOut, keepLeftOut } from "../src/board/columns";

const KEY = "argus-board-without";

beforeEach(() => localStorage.clear());
afterEach(cleanup);

describe("the columns that a browser leaves out", () => {
  it("are kept", () => {
    keepLeftOut(new Set(["took", "notes"]));
    expect([...columnsLeftOut()].sort()).toEqual(["notes", "took"]);
  });

  it("are none of those that lead somewhere, and nothing that is no column", () => {
    localStorage.setItem(KEY, '["test", "build", "x", 3, "started"]');
    expect([...columnsLeftOut()]).toEqual(["started"]);
    for (const broken of ["", "{}", "no json", "null"]) {
      localStorage.setItem(KEY, broken);
      expect(columnsLeftOut().size).toBe(0);
    }
  });

  it("are chosen by boxes, and Escape closes these", async () => {
    let chosen: ReadonlySet<string> = new Set();
    render(ColumnChoice, { without: new Set(["notes"]), onchange: (wanted) => (chosen = wanted) });
    await fireEvent.click(screen.getByRole("button", { name: "Columns" }));
    await fireEvent.click(screen.getByLabelText("Took"));
    expect([...chosen]).toEqual(["notes", "took"]);
    await fireEvent.click(screen.getByLabelText("Notes"));
    expect([...chosen]).toEqual([]);
    await fireEvent.keyDown(screen.getByLabelText("Took"), { key: "Escape" });
    expect(screen.queryByLabelText("Took")).toBeNull();
  });
});
