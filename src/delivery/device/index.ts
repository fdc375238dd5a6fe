export { DeviceClient, type LogQuery, shownText } from "./client.js";
export type { DeviceErrorCode } from "./errors.js";
export type { PushedPackage, PushPlan } from "./plan.js";
export type { RevisionProgress } from "./progress.js";
export { type PushEvents, type PushRequest, type PushResult, pushPackages, runRevision } from "./push.js";
