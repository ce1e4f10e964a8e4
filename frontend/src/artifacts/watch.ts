/** A job as it goes on: by its socket, and by asking where the socket does not stay. */
import { job as ask, unfinished, type Job } from "../api/artifacts";

export interface Progress {
  percent: number;
  message: string;
}

const ASK_MS = 2000;

/** Tells of every change until the job has ended; the answer ends it earlier. */
export function watchJob(workspace: string, first: Job, told: (job: Job) => void, progress: (progress: Progress) => void): () => void {
  let over = false;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const socket = new WebSocket(`${scheme}://${location.host}/ws/jobs/${first.job_id}?workspace_id=${workspace}`);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const take = (job: Job): void => {
    if (over) return;
    told(job);
    if (!unfinished(job)) stop();
  };
  const look = async (): Promise<void> => {
    if (over) return;
    try {
      take(await ask(workspace, first.job_id));
    } catch {
      // asked again below: the server may be on its way back
    }
    if (!over) timer = setTimeout(() => void look(), ASK_MS);
  };
  const stop = (): void => {
    over = true;
    clearTimeout(timer);
    socket.close();
  };

  socket.onmessage = (event: MessageEvent<string>) => {
    const message = JSON.parse(event.data) as { type: string; data: unknown };
    if (message.type === "job.status") take(message.data as Job);
    else if (message.type === "job.progress") progress(message.data as Progress);
    else if (message.type === "resync") void look();
  };
  timer = setTimeout(() => void look(), ASK_MS); // the socket tells sooner; what it misses is seen here
  return stop;
}
