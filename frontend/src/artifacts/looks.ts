import type { JobStatus } from "../api/artifacts";
import type { Look } from "../lib/status";

const LOOKS: Record<JobStatus, Look> = {
  pending: { label: "Waiting", tone: "fresh", icon: "circle" },
  running: { label: "Running", tone: "active", icon: "play" },
  success: { label: "Done", tone: "good", icon: "check" },
  failed: { label: "Failed", tone: "bad", icon: "cross" },
  cancelled: { label: "Cancelled", tone: "quiet", icon: "stop" },
};

export const jobLook = (status: JobStatus): Look => LOOKS[status];
