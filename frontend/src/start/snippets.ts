/** How a first run is reported, with the ids of a test: the texts that people copy. A browser test runs the first one as it is copied. */

export interface Place {
  origin: string;
  token: string;
  job: string;
  run: string;
}

/** For a shell: what is in single quotes reaches the program as it is. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function curl({ origin, token, job, run }: Place): string {
  const submitted = JSON.stringify({ run_id: run, build_id: job, build_url: `${origin}/hello/1/`, started_by: "me", sub_type: "pytest" });
  return [
    `argus=${quoted(`${origin}/api/v1/client/testrun/generic`)}`,
    `auth=${quoted(`Authorization: token ${token}`)}`,
    `json='Content-Type: application/json'`,
    `curl -sS "$argus/submit" -H "$auth" -H "$json" -d ${quoted(submitted)}`,
    `curl -sS "$argus/${run}/finalize" -H "$auth" -H "$json" -d '{"status": "passed"}'`,
  ].join("\n");
}

function python({ origin, token, job, run }: Place): string {
  return `import json, urllib.request

def send(path, body):
    request = urllib.request.Request(
        ${JSON.stringify(`${origin}/api/v1/client/testrun/generic/`)} + path,
        json.dumps(body).encode(),
        {"Authorization": ${JSON.stringify(`token ${token}`)}, "Content-Type": "application/json"},
    )
    answer = json.load(urllib.request.urlopen(request))
    assert answer["status"] == "ok", answer  # errors have HTTP status 200, too

run = ${JSON.stringify(run)}
send("submit", {"run_id": run, "build_id": ${JSON.stringify(job)},
                "build_url": ${JSON.stringify(`${origin}/hello/1/`)}, "started_by": "me", "sub_type": "pytest"})
send(f"{run}/finalize", {"status": "passed"})
`;
}

function pytest(place: Place): string {
  const [head, tail = ""] = python(place).split("\nrun = ");
  const [id = ""] = tail.split("\n");
  return `# conftest.py: one run of Argus a session of pytest
${head}
run = ${id}

def pytest_sessionstart(session):
    send("submit", {"run_id": run, "build_id": ${JSON.stringify(place.job)},
                    "build_url": ${JSON.stringify(`${place.origin}/hello/1/`)}, "started_by": "me", "sub_type": "pytest"})

def pytest_sessionfinish(session, exitstatus):
    send(f"{run}/finalize", {"status": "passed" if exitstatus == 0 else "failed"})
`;
}

export const SNIPPETS: readonly { name: string; text: (place: Place) => string }[] = [
  { name: "curl", text: curl },
  { name: "Python", text: python },
  { name: "pytest", text: pytest },
];
