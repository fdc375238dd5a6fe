import type { ChangedKeys } from "./packages.js";
import type { Count, FilePath, FoundFact, JsonMembers, Sha256, Size, StateKey } from "./vocabulary.js";

/** What `push` did, or would do with --dry-run. */
export interface PushedRevision {
	/** Address of the device. */
	readonly device: string;
	readonly plan: PushSteps;
	/** What the device calls it; absent with --dry-run. */
	readonly revision?: string | undefined;
	/** How far the device came; absent for a revision that was not run. */
	readonly progress?: RevisionState | undefined;
}

/** What changes on the device, and what has to be sent. */
export interface PushSteps extends ChangedKeys {
	/** What a device would make of the result. */
	readonly findings: readonly FoundFact[];
	readonly objects: readonly PlannedTransfer[];
	/** Bytes that have to be sent. */
	readonly transfer: Size;
}

export interface PlannedTransfer {
	readonly sha256: Sha256;
	/** The first key of the state that names it. */
	readonly key: StateKey;
	readonly size: Size;
	/** Whether the device has it. */
	readonly present: boolean;
}

export interface RevisionState {
	/** In the device's word: `TESTING`, `DONE`, `ERROR`, ... */
	readonly status: string;
	readonly message: string;
	/** From 0 to 100. */
	readonly percent: number;
}

/** The state that a device runs. */
export interface DeviceState {
	readonly state: JsonMembers;
}

/** How far a device is with a revision. */
export interface DeviceRevision {
	readonly revision: string;
	/** Absent where the device knows nothing of it. */
	readonly progress?: RevisionState | undefined;
}

export interface DeviceLogs {
	readonly logs: string;
}

export interface DeviceContainers {
	readonly containers: readonly DeviceContainer[];
}

/** A container as the device reports it; a member is absent where the device has no text for it. */
export interface DeviceContainer {
	readonly name?: string | undefined;
	readonly group?: string | undefined;
	readonly status?: string | undefined;
	readonly status_goal?: string | undefined;
	readonly restart_policy?: string | undefined;
}

/** What was received from, or sent to, a repository. */
export interface RepositoryKeys {
	readonly repository: string;
	/** Keys of the state. */
	readonly keys: Count;
}

export interface ClonedRepository extends RepositoryKeys {
	readonly directory: FilePath;
}

export interface PostedRevision {
	readonly repository: string;
	readonly revision: string;
}

export interface SentObjects {
	readonly url: string;
	/** Objects that the server did not have. */
	readonly sent: Count;
}

export interface DeployedRevision {
	readonly directory: FilePath;
	/** Keys of the state. */
	readonly keys: Count;
}
