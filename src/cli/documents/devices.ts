import type { ChangedKeys } from "./packages.js";
import type { Count, FilePath, FoundFact, JsonMembers, Sha256, Size, StateKey } from "./vocabulary.js";

/** What `push` did, or would do with --dry-run. */
export interface PushedRevision {
	/** Address of the device. */
	readonly device: string;
	/** What changes on the device, and what has to be sent. */
	readonly plan: PushSteps;
	/** Name of the new revision on the device; absent with --dry-run. */
	readonly revision?: string | undefined;
	/** How far the device got; absent for a revision that was not run. */
	readonly progress?: RevisionState | undefined;
}

/** What changes on the device, and what has to be sent. */
export interface PushSteps extends ChangedKeys {
	/** What the device rules say about the state that results. */
	readonly findings: readonly FoundFact[];
	/** The objects of the new state. */
	readonly objects: readonly PlannedTransfer[];
	/** Bytes that have to be sent. */
	readonly transfer: Size;
}

/** An object of the new state. */
export interface PlannedTransfer {
	/** SHA-256 of the object. */
	readonly sha256: Sha256;
	/** First key of the state that names the object. */
	readonly key: StateKey;
	/** Bytes of the object. */
	readonly size: Size;
	/** Whether the device already has the object. */
	readonly present: boolean;
}

/** How far a device is with a revision. */
export interface RevisionState {
	/** The device's own word for it: `TESTING`, `DONE`, `ERROR`, ... */
	readonly status: string;
	/** What the device says about it. */
	readonly message: string;
	/** Progress from 0 to 100. */
	readonly percent: number;
}

/** The state that a device runs. */
export interface DeviceState {
	/** The state. */
	readonly state: JsonMembers;
}

/** How far a device is with one revision. */
export interface DeviceRevision {
	/** Name of the revision. */
	readonly revision: string;
	/** The device's progress; absent where the device does not know the revision. */
	readonly progress?: RevisionState | undefined;
}

/** Logs of a device. */
export interface DeviceLogs {
	/** Text of the logs. */
	readonly logs: string;
}

/** Containers of a device. */
export interface DeviceContainers {
	/** The containers, in the order in which the device lists them. */
	readonly containers: readonly DeviceContainer[];
}

/** A container as the device reports it. A member is absent where the device reports no string for it. */
export interface DeviceContainer {
	/** Name of the container. */
	readonly name?: string | undefined;
	/** Group that the container starts with. */
	readonly group?: string | undefined;
	/** The device's word for what the container does now. */
	readonly status?: string | undefined;
	/** The device's word for what the container should do. */
	readonly status_goal?: string | undefined;
	/** Whether an update of the container restarts the device (`system`) or the container. */
	readonly restart_policy?: string | undefined;
}

/** What was received from, or sent to, a repository. */
export interface RepositoryKeys {
	/** The repository. */
	readonly repository: string;
	/** Number of keys of the state. */
	readonly keys: Count;
}

/** The checkout that `clone` made. */
export interface ClonedRepository extends RepositoryKeys {
	/** Path of the checkout. */
	readonly directory: FilePath;
}

/** The revision that `post` made. */
export interface PostedRevision {
	/** The repository. */
	readonly repository: string;
	/** Name of the revision. */
	readonly revision: string;
}

/** What `putobjects` sent. */
export interface SentObjects {
	/** Address of the server. */
	readonly url: string;
	/** Number of objects that the server did not have. */
	readonly sent: Count;
}

/** The tree that `deploy` wrote. */
export interface DeployedRevision {
	/** Path of the tree. */
	readonly directory: FilePath;
	/** Number of keys of the state. */
	readonly keys: Count;
}
