/** Numbers and times as people read them. */

export const LANES = ["flask", "fastapi"];
export const NAMES = { flask: "Flask", fastapi: "FastAPI" };
export const OTHER = { flask: "fastapi", fastapi: "flask" };
export const NONE = "";

const whole = new Intl.NumberFormat("en");

export function count(number) {
  return whole.format(number);
}

/** Requests a second. */
export function rate(lane) {
  if (!lane.requests) return NONE;
  const value = lane.rate;
  return value >= 100 ? count(Math.round(value)) : value >= 10 ? value.toFixed(1) : value >= 0.01 || value === 0 ? value.toFixed(2) : "<0.01";
}

export function latency(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return NONE;
  if (milliseconds >= 10000) return `${(milliseconds / 1000).toFixed(0)} s`;
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return milliseconds >= 10 ? `${milliseconds.toFixed(0)} ms` : `${milliseconds.toFixed(1)} ms`;
}

export function errors(lane) {
  return lane.requests ? count(lane.errors) : NONE;
}

export function errorShare(lane) {
  return lane.requests ? `${count(lane.errors)} of ${count(lane.requests)} requests, ${percent(lane.errors / lane.requests)}` : "no requests";
}

export function percent(share) {
  const value = share * 100;
  return `${value === 0 || value === 100 || value >= 10 ? Math.floor(value) : value.toFixed(1)} %`;
}

/** `12.5` as in the registry. */
export function plain(number) {
  return String(Number(number.toFixed(2)));
}

export function plural(number, one, many) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** Local date and time to the second; of today the time only. */
export function moment(iso) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const two = (value) => String(value).padStart(2, "0");
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const now = new Date();
  if (at.toDateString() === now.toDateString()) return time;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

export function ago(iso) {
  const seconds = Math.max(0, (Date.now() - new Date(iso).getTime()) / 1000);
  if (seconds < 5) return "just now";
  if (seconds < 90) return `${Math.round(seconds)} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} days ago`;
}
