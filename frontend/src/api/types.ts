/** Shapes of answers, as far as the screens read them. Ids are uuid strings, times are ISO strings unless stated. */

export interface User {
  id: string;
  username: string;
  full_name: string | null;
  email: string | null;
  picture_id: string | null;
}

export interface Release {
  id: string;
  name: string;
  pretty_name: string | null;
  description: string | null;
  valid_version_regex: string | null;
  enabled: boolean;
  dormant: boolean;
  perpetual: boolean;
}

export interface Group {
  id: string;
  release_id: string;
  name: string;
  pretty_name: string | null;
  enabled: boolean;
}

export interface Test {
  id: string;
  group_id: string;
  release_id: string;
  name: string;
  pretty_name: string | null;
  enabled: boolean;
  build_system_id: string;
  build_system_url: string | null;
  plugin_name: string | null;
}

export interface TestInfo {
  test: Test;
  group: Group;
  release: Release;
}

/** What every run of a list has; the rest of its columns may be defaults there. */
export interface RunRow {
  id: string;
  test_id: string | null;
  release_id: string | null;
  build_id: string;
  build_number: number | null;
  build_job_url: string | null;
  status: string;
  investigation_status: string;
  assignee: string | null;
  start_time: string;
  end_time: string;
  /** Seconds of the epoch. */
  heartbeat: number;
  scylla_version: string | null;
}

export interface Package {
  name: string;
  version: string;
  date: string | null;
  revision_id: string | null;
  build_id: string | null;
}

export interface Resource {
  name: string;
  state: string;
  resource_type: string | null;
  instance_info: {
    provider: string | null;
    instance_type: string | null;
    region: string | null;
    dc_name: string | null;
    rack_name: string | null;
    public_ip: string | null;
    private_ip: string | null;
    /** Seconds of the epoch, 0 when not yet. */
    creation_time: number | null;
    termination_time: number | null;
    termination_reason: string | null;
    shards_amount: number | null;
  } | null;
}

export interface Nemesis {
  name: string;
  class_name: string | null;
  status: string;
  /** Seconds of the epoch; end 0 while it is going on. */
  start_time: number;
  end_time: number;
  target_node: { name: string; ip: string; shards: number } | null;
  stack_trace: string | null;
}

interface NodeSetup {
  image_id: string | null;
  instance_type: string | null;
  node_amount: number | null;
}

export interface DriverCollection {
  name: string;
  driver: string | null;
  failure_message: string | null;
  tests_total: number;
  failures: number;
  errors: number;
  suites: { name: string; cases: { name: string; classname: string; status: string; time: number; message: string }[] }[] | null;
}

export interface SirenadaResult {
  test_name: string;
  class_name: string | null;
  file_name: string | null;
  browser_type: string | null;
  cluster_type: string | null;
  status: string;
  duration: number | null;
  message: string | null;
  stack_trace: string | null;
  screenshot_file?: string | null;
  requests_file?: string | null;
  s3_folder_id?: string | null;
  sirenada_test_id?: string | null;
  sirenada_user?: string | null;
  start_time?: string | null;
}

/** A whole run: common columns, and those of its plugin. */
export interface Run extends RunRow {
  product_version: string | null;
  logs: [string, string][] | Record<string, string>;
  started_by?: string | null;
  sub_type?: string | null;
  test_method?: string | null;
  stress_duration?: number | null;
  scm_revision_id?: string | null;
  branch_name?: string | null;
  origin_url?: string | null;
  region_name?: string[];
  cloud_setup?: { backend: string | null; db_node: NodeSetup | null; loader_node: NodeSetup | null; monitor_node: NodeSetup | null } | null;
  packages?: Package[];
  allocated_resources?: Resource[];
  nemesis_data?: Nemesis[];
  screenshots?: string[];
  junit_reports?: { file_name: string; report: string }[];
  sct_runner_host?: { public_ip: string | null; private_ip: string | null } | null;
  subtest_name?: string | null;
  test_collection?: DriverCollection[];
  environment_info?: { key: string; value: string }[];
  results?: SirenadaResult[];
  region?: string | null;
  sct_test_id?: string | null;
  /** Texts of events of runs that are older than the store of events. */
  events?: { severity: string; event_amount: number; last_events: string[] }[];
  test_name?: string | null;
  stress_cmd?: string | null;
  perf_op_rate_average?: number | null;
  perf_op_rate_total?: number | null;
  perf_avg_latency_99th?: number | null;
  perf_avg_latency_mean?: number | null;
  perf_total_errors?: number | null;
  oracle_nodes_count?: number | null;
  oracle_node_ami_id?: string | null;
  oracle_node_instance_type?: string | null;
  oracle_node_scylla_version?: string | null;
  gemini_command?: string | null;
  gemini_version?: string | null;
  gemini_status?: string | null;
  gemini_seed?: string | null;
  gemini_write_ops?: number | null;
  gemini_write_errors?: number | null;
  gemini_read_ops?: number | null;
  gemini_read_errors?: number | null;
}

/** An earlier run of a performance test, as its history tells of it. */
export interface PerformanceRun {
  id: string;
  scylla_version: string | null;
  start_time: string;
  build_number: number | null;
  perf_op_rate_average: number | null;
  perf_op_rate_total: number | null;
  perf_avg_latency_99th: number | null;
  perf_avg_latency_mean: number | null;
  perf_total_errors: number | null;
}

export interface SctEvent {
  event_id: string;
  severity: string;
  ts: string;
  event_type: string | null;
  message: string | null;
  duplicate_id: string | null;
  node: string | null;
  target_node: string | null;
  nemesis_name: string | null;
  known_issue: string | null;
}

export interface ResultCell {
  value: number | string | null;
  status: string;
  type: string | null;
}

export interface ResultTable {
  description: string | null;
  table_status: string;
  columns: { name: string; unit: string | null; type: string | null }[];
  rows: string[];
  table_data: Record<string, Record<string, ResultCell>>;
}

export interface Comment {
  id: string;
  user_id: string;
  message: string;
  /** Seconds of the epoch. */
  posted_at: number;
  mentions: string[];
  reactions: Record<string, number>;
}

export interface Issue {
  /** Where each link is told by itself. */
  run_id?: string;
  test_id?: string | null;
  /** Where each issue is told once. */
  links?: { run_id: string; test_id: string | null }[];
  id: string;
  subtype: "github" | "jira" | string;
  user_id: string | null;
  added_on: string | null;
  event_id: string | null;
  state: string;
  title?: string;
  url?: string;
  owner?: string;
  repo?: string;
  number?: number;
  key?: string;
  summary?: string;
  permalink?: string;
  /** GitHub's are objects, Jira's are words. */
  labels?: ({ name: string } | string)[] | null;
}

export interface Activity {
  raw_events: { id: string; user_id: string; run_id: string | null; created_at: string; body?: string | null }[];
  events: Record<string, string>;
}

export interface PytestResult {
  name: string;
  id: string;
  status: string;
  duration: number | null;
  message: string | null;
  markers: string[];
}

export interface LastRun {
  id: string;
  build_number: number | null;
  status: string;
  start_time: string;
  end_time?: string | null;
  assignee: string | null;
  issues: unknown[];
  comments: unknown[];
  setup?: { backend: string | null } | null;
}

export interface TestStats {
  test: Test;
  status: string;
  investigation_status: string;
  start_time: string;
  buildNumber: number | null;
  hasBugReport: boolean;
  hasComments: boolean;
  last_runs: LastRun[];
}

export interface GroupStats {
  group: Group;
  total: number;
  disabled: boolean;
  tests: Record<string, TestStats>;
  [statusCount: string]: unknown;
}

export interface Stats {
  dormant?: boolean;
  total?: number;
  groups?: Record<string, GroupStats>;
  [statusCount: string]: unknown;
}

export interface SearchHit {
  id: string;
  type: "release" | "group" | "test" | "run" | "special";
  name: string;
  pretty_name?: string | null;
  test?: Test | null;
  group?: Group | null;
  release?: Release | null;
}

export interface Plan {
  id: string;
  key: string | null;
  name: string;
  description: string | null;
  owner: string | null;
  participants: string[];
  target_version: string | null;
  release_id: string;
  completed: boolean;
  tests: string[];
  groups: string[];
  assignee_mapping: Record<string, string>;
  view_id: string | null;
  ends_at: string | null;
}

export interface View {
  id: string;
  name: string;
  display_name: string | null;
  description: string | null;
  user_id: string | null;
  created: string | null;
  plan_id: string | null;
  tests: string[];
  widget_settings: unknown;
}

export interface Team {
  id: string;
  name: string;
  leader: string;
  members: string[];
  motd: string | null;
}
