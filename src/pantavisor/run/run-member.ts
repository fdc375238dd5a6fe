import type { JsonValue } from "../../ground/json/index.js";

/** A member of `run.json` and its origin. */
export interface RunMember {
	readonly name: string;
	readonly value: JsonValue;
	readonly origins: readonly string[];
}
