import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { answerHref, type Entry } from "../src/api/inbox";
import type { Run, SirenadaResult } from "../src/api/types";
import { issueLabels } from "../src/lib/issue";
import { cleanUpCommand, cloudIssue, issueText, monitorJob, newIssueHref } from "../src/run/report";

const run = (more: Partial<Run> = {}): Run => ({
  id: "11111111-2222-3333-4444-555555555555",
  status: "failed",
  build_id: "r/g/t",
  build_number: 7,
  build_job_url: "https://jenkins.example.com/job/t/7/",
  scylla_version: "2026.1.0",
  start_time: "2026-01-31T10:00:00Z",
  end_time: "2026-01-31T12:30:00Z",
  logs: [["loader", "https://logs.example.com/loader.tar.zst"]],
  packages: [{ name: "scylla-server", version: "2026.1.0", date: "20260131", revision_id: "abc`def", build_id: null }],
  region_name: ["eu-west-1", "us-east-1"],
  cloud_setup: { backend: "aws" },
  ...more,
}) as unknown as Run;

describe("a new issue about a run", () => {
  it("says which run, on what, and where its logs are", () => {
    const { title, body } = issueText("scylla-cluster-tests", run(), "longevity", "https://argus.example.com", true);
    expect(title).toBe("longevity: ");
    expect(body).toContain("longevity #7, failed: https://argus.example.com/tests/scylla-cluster-tests/11111111-2222-3333-4444-555555555555");
    expect(body).toContain("- Took: 2 h 30 min");
    expect(body).toContain("- scylla-server `2026.1.0-20260131-abc'def`");
    expect(body).toContain("[loader](https://logs.example.com/loader.tar.zst)");
    expect(body).toContain("`hydra investigate show-monitor 11111111-");
  });

  it("leaves out what there is nothing of", () => {
    const { body } = issueText("generic", run({ packages: [], logs: [] } as Partial<Run>), "t", "", false);
    expect(body).not.toMatch(/Packages|Commands|Logs/);
  });

  it("names the failed cases of a user interface", () => {
    const item = { test_name: "test_scale", class_name: "TestScale", browser_type: "firefox", cluster_type: "multi-region", message: "Not found\nat all" };
    const shown = { ...item, status: "failed", screenshot_file: "https://example.com/scale.png", requests_file: "scale.har" };
    const { body } = issueText("sirenada", run({ results: [shown, { ...item, test_name: "test_billing", status: "passed" }] } as unknown as Partial<Run>), "t", "", false);
    expect(body).toContain("## Cases that failed\n- `TestScale.test_scale` (firefox, multi-region): `Not found`, [screenshot](https://example.com/scale.png)\n");
    expect(body).not.toContain("test_billing");
  });

  it("fits into an address", () => {
    const logs = Array.from({ length: 500 }, (_, index): [string, string] => [`log ${index}`, "https://logs.example.com/x"]);
    const href = newIssueHref("scylladb/scylladb", issueText("generic", run({ logs }), "t", "", false));
    expect(href.length).toBeLessThanOrEqual(6000);
    const url = new URL(href);
    expect(url.pathname).toBe("/scylladb/scylladb/issues/new");
    expect(url.searchParams.get("body")).toContain("## The run");
  });
});

describe("a new issue of the cloud about a case of Sirenada", () => {
  const failed = {
    test_name: "test_invite", class_name: "TestUsers", file_name: "test_users.py", browser_type: "chrome", cluster_type: "aws", status: "failed",
    message: "Timeout: no button\nafter 30 s", stack_trace: "at ````here", screenshot_file: "https://s3.example.com/shot.png", requests_file: "javascript:alert(1)",
    s3_folder_id: "f-1", sirenada_test_id: "s-1", sirenada_user: "qa@example.com", sirenada_password: "secret", start_time: "2026-01-31T10:00:00Z",
  } as unknown as SirenadaResult;
  const { title, body } = cloudIssue(run({ region: "eu-west-1", sct_test_id: "c0ffee00-2222-3333-4444-555555555555" }), failed, "ui", "https://argus.example.com");

  it("says where it ran, what it kept and how it failed", () => {
    expect(title).toBe("TestUsers.test_invite: Timeout: no button");
    expect(body).toContain("- Test: test_users.py: TestUsers.test_invite");
    expect(body).toContain("- User: qa@example.com");
    expect(body).toContain("- Region: eu-west-1");
    expect(body).toContain("https://argus.example.com/tests/scylla-cluster-tests/c0ffee00-");
    expect(body).toContain("[Screenshot](https://s3.example.com/shot.png)");
    expect(body).toContain("S3 folder: `f-1`");
    expect(body).toContain("after 30 s\nat ~~~~here");
  });

  it("tells no password and follows no odd address", () => {
    expect(body).not.toMatch(/secret|javascript/);
  });
});

describe("commands of a cluster run", () => {
  it("names the regions in the variable of the backend", () => {
    expect(cleanUpCommand(run())).toBe("SCT_REGION_NAME='eu-west-1 us-east-1' hydra clean-resources --backend aws --test-id 11111111-2222-3333-4444-555555555555");
    expect(cleanUpCommand(run({ cloud_setup: null, region_name: [] } as unknown as Partial<Run>))).toBe("hydra clean-resources --test-id 11111111-2222-3333-4444-555555555555");
  });

  it("lets nothing that was submitted be a command of its own", () => {
    const command = cleanUpCommand(run({ cloud_setup: { backend: "gce; echo '$(id)'" }, region_name: ["a"] } as unknown as Partial<Run>));
    const told = execFileSync("sh", ["-c", `hydra() { printf '%s|' "$@"; }; ${command}`], { encoding: "utf8" });
    expect(told).toBe("clean-resources|--backend|gce; echo '$(id)'|--test-id|11111111-2222-3333-4444-555555555555|");
  });

  it("asks the Jenkins that built it for monitors", () => {
    expect(monitorJob(run())).toBe("https://jenkins.example.com/view/QA/job/QA-tools/job/hydra-show-monitor/parambuild/?test_id=11111111-2222-3333-4444-555555555555");
    expect(monitorJob(run({ build_job_url: null } as unknown as Partial<Run>))).toBeUndefined();
  });
});

it("labels are words, whoever wrote them, each once", () => {
  expect(issueLabels({ labels: [{ name: "P1" }, "raft", "P1"] })).toEqual(["P1", "raft"]);
  expect(issueLabels({ labels: null })).toEqual([]);
});

it("what says something of a comment is answered there, quoted", () => {
  const entry = (href: string | null): Entry => ({ href }) as Entry;
  expect(answerHref(entry("/tests/generic/1/discuss#comment-2"))).toBe("/tests/generic/1/discuss?reply=2#write");
  expect(answerHref(entry("/tests/generic/1"))).toBeUndefined();
  expect(answerHref(entry(null))).toBeUndefined();
});
