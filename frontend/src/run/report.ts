/** What a new issue says of a run: facts, commands and logs, as Markdown. */
import type { Run, SirenadaResult } from "../api/types";
import { caseIsBad, runLook } from "../lib/status";
import { duration, millis, utc } from "../lib/time";
import { runUrl, safeHref } from "../lib/url";
import { logsOf } from "./tabs";

/** Variables that tell the command of a backend where the resources are. */
const REGION_VARIABLE: Record<string, string> = {
  aws: "SCT_REGION_NAME",
  "aws-siren": "SCT_REGION_NAME",
  "k8s-eks": "SCT_REGION_NAME",
  gce: "SCT_GCE_DATACENTER",
  "gce-siren": "SCT_GCE_DATACENTER",
  "k8s-gke": "SCT_GCE_DATACENTER",
  azure: "SCT_AZURE_REGION_NAME",
  oci: "SCT_OCI_REGION_NAME",
};

/** For a shell: a word that is no word of its own reaches the program as it is. */
const quoted = (text: string): string => (/^[\w.:/@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** The command that removes what a cluster run has left in its cloud. */
export function cleanUpCommand(run: Run): string {
  const backend = run.cloud_setup?.backend ?? "";
  const variable = REGION_VARIABLE[backend];
  const regions = run.region_name?.join(" ");
  return [variable && regions ? `${variable}=${quoted(regions)}` : "", "hydra clean-resources", backend ? `--backend ${quoted(backend)}` : "", `--test-id ${run.id}`].filter(Boolean).join(" ");
}

/** The page of Jenkins that brings the monitors of a cluster run back. */
export function monitorJob(run: Run): string | undefined {
  try {
    return new URL(`/view/QA/job/QA-tools/job/hydra-show-monitor/parambuild/?test_id=${run.id}`, run.build_job_url ?? "").href;
  } catch {
    return undefined;
  }
}

const code = (text: string): string => `\`${text.replaceAll("`", "'")}\``;

/** A case of the user interface that failed: where, how, and what to look at. */
function failedCase(item: SirenadaResult): string {
  const name = code([item.class_name, item.test_name].filter(Boolean).join("."));
  const where = [item.browser_type, item.cluster_type].filter(Boolean).join(", ");
  const links = Object.entries({ screenshot: item.screenshot_file, requests: item.requests_file }).flatMap(([title, link]) => (safeHref(link) ? [`[${title}](${link})`] : []));
  const message = item.message?.split("\n")[0];
  return [`- ${name}${where ? ` (${where})` : ""}${message ? `: ${code(message)}` : ""}`, ...links].join(", ");
}

/** Title and text of a new issue about a run. */
export function issueText(plugin: string, run: Run, name: string, origin: string, cluster: boolean): { title: string; body: string } {
  const begin = millis(run.start_time);
  const end = millis(run.end_time);
  const facts: [string, string | null | undefined][] = [
    ["Run", `${name} #${run.build_number ?? "?"}, ${runLook(run.status).label.toLowerCase()}: ${origin}${runUrl(plugin, run.id)}`],
    ["Job", run.build_job_url],
    ["Version", run.scylla_version],
    ["Started", begin === null ? null : utc(begin)],
    ["Took", begin === null || end === null ? null : duration((end - begin) / 1000)],
    ["Backend", [run.cloud_setup?.backend, run.region_name?.join(", ")].filter(Boolean).join(", ")],
    ["Image", run.cloud_setup?.db_node?.image_id],
  ];
  const packages = (run.packages ?? []).map((item) => `- ${item.name} ${code([item.version, item.date, item.revision_id].filter(Boolean).join("-"))}`);
  const commands = cluster ? [`- monitors: ${code(`hydra investigate show-monitor ${run.id}`)}`, `- logs: ${code(`hydra investigate show-logs ${run.id}`)}`] : [];
  const failed = (run.results ?? []).filter((item) => caseIsBad(item.status)).map(failedCase);
  const logs = logsOf(run).map(([log, link]) => `- [${log}](${link})`);
  const parts: [string, string[]][] = [
    ["What happened", ["", "_Describe it here: what was expected, what came instead, how often._", ""]],
    ["The run", facts.flatMap(([term, value]) => (value ? [`- ${term}: ${value}`] : []))],
    ["Cases that failed", failed],
    ["Packages", packages],
    ["Commands", commands],
    ["Logs", logs],
  ];
  const body = parts.flatMap(([title, lines]) => (lines.length ? [`## ${title}`, ...lines, ""] : [])).join("\n");
  return { title: `${name}: `, body };
}

/** Title and text of a new issue about a case of Sirenada: where it ran, what it kept, and how it failed. Passwords are no part of it. */
export function cloudIssue(run: Run, item: SirenadaResult, job: string, origin: string): { title: string; body: string } {
  const test = [item.class_name, item.test_name].filter(Boolean).join(".");
  const begin = millis(item.start_time);
  const facts: [string, string | null | undefined][] = [
    ["Run", `${job} #${run.build_number ?? "?"}: ${origin}${runUrl("sirenada", run.id)}`],
    ["Job", run.build_job_url],
    ["Test", [item.file_name, test].filter(Boolean).join(": ")],
    ["Sirenada test", item.sirenada_test_id],
    ["User", item.sirenada_user],
    ["Browser", item.browser_type],
    ["Cluster", item.cluster_type],
    ["Region", run.region],
    ["Cluster's run", run.sct_test_id ? `${origin}${runUrl("scylla-cluster-tests", run.sct_test_id)}` : null],
    ["Version", run.scylla_version],
    ["Started", begin === null ? null : utc(begin)],
  ];
  const kept: [string, string | null | undefined][] = [["Screenshot", item.screenshot_file], ["Requests", item.requests_file]];
  const links = kept.flatMap(([title, link]) => (safeHref(link) ? [`- [${title}](${link})`] : []));
  const trace = [item.message, item.stack_trace].filter(Boolean).join("\n");
  const parts: [string, string[]][] = [
    ["What happened", ["", "_Describe it here: what was expected, what came instead, how often._", ""]],
    ["Where", facts.flatMap(([term, value]) => (value ? [`- ${term}: ${value}`] : []))],
    ["Kept", [...links, ...(item.s3_folder_id ? [`- S3 folder: ${code(item.s3_folder_id)}`] : [])]],
    ["How it failed", trace ? ["````", trace.replaceAll("````", "~~~~"), "````"] : []],
  ];
  const body = parts.flatMap(([title, lines]) => (lines.length ? [`## ${title}`, ...lines, ""] : [])).join("\n");
  return { title: `${test}: ${(item.message ?? "").split("\n")[0]?.slice(0, 100) ?? ""}`, body };
}

const LONGEST = 6000; // characters of an address that browsers and GitHub take

/** Where a repository takes a new issue, with its text filled in as far as an address may be long. */
export function newIssueHref(repository: string, { title, body }: { title: string; body: string }): string {
  let text = body;
  const address = (): string => `https://github.com/${repository.split("/").map(encodeURIComponent).join("/")}/issues/new?${new URLSearchParams({ title, body: text })}`;
  while (address().length > LONGEST) text = text.slice(0, Math.floor(text.length * 0.9));
  return address();
}
