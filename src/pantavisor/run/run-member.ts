import type { JsonValue } from "../../ground/json/index.js";

/** A member of `run.json` and what it comes from. */
export interface RunMember {
	readonly name: string;
	readonly value: JsonValue;
	readonly origins: readonly string[];
}
