/** An upload with its progress, which `fetch` does not tell. */
import { ApiError } from "../api/client";
import type { ArtifactDocument } from "../api/artifacts";
import { refusalOf } from "../api/extension";

export function upload(workspace: string, file: File, run: string | undefined, progress: (part: number) => void): Promise<ArtifactDocument> {
  const form = new FormData();
  if (run) form.set("run_id", run);
  form.set("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/documents");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-Workspace-ID", workspace);
    request.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onerror = () => reject(new ApiError("The server cannot be reached.", { status: 0 }));
    request.onload = () => {
      if (request.status >= 400) reject(refusalOf(request.status, request.responseText));
      else resolve(JSON.parse(request.responseText) as ArtifactDocument);
    };
    request.send(form);
  });
}
