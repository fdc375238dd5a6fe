import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from "../../ground/json/index.js";
import { VOLUME_CLASSES } from "../source/index.js";

type MemberType = "string" | "array" | "object" | "boolean" | "list or object";

interface Member {
	readonly type: MemberType;
	/** The only values that devices accept. */
	readonly values?: readonly string[];
	/** Whether a device ignores other values; otherwise it refuses the whole state. */
	readonly ignored?: boolean;
}

const LISTS = ["manual", "required", "optional"] as const;
const POLICIES = ["no", "always", "on-failure", "unless-stopped"];
const ROLES = ["mgmt", "nobody"];
const SERVICE_TYPES = ["rest", "dbus", "unix", "drm", "wayland", "input"];

/**
 * Every member of `run.json` that devices read, with its type and values
 * (docs/formats/devices.md#the-state-and-the-running-device).
 */
const MEMBERS: ReadonlyMap<string, Member> = new Map<string, Member>([
	["#spec", { type: "string", values: ["service-manifest-run@1"] }],
	["name", { type: "string" }],
	["type", { type: "string", values: ["lxc", "mcu"] }],
	["config", { type: "string" }],
	["share", { type: "string" }],
	["conditions", { type: "array" }],
	["drivers", { type: "object" }],
	["services", { type: "object" }],
	["auto_recovery", { type: "object" }],
	["group", { type: "string" }],
	["runlevel", { type: "string", values: ["data", "root", "platform", "app"], ignored: true }],
	["restart_policy", { type: "string", values: ["system", "container"] }],
	["status_goal", { type: "string", values: ["MOUNTED", "STARTED", "READY"] }],
	["automodfw", { type: "string" }],
	["remount", { type: "object" }],
	["network", { type: "object" }],
	["storage", { type: "object" }],
	["exports", { type: "array" }],
	["logs", { type: "array" }],
	["roles", { type: "list or object" }],
	["root-volume", { type: "string" }],
	["volumes", { type: "array" }],
	["dev-log", { type: "boolean" }],
	["mcu", { type: "object" }],
	["firmware", { type: "string" }],
]);

/** Something in a `run.json` that a device refuses or misreads. */
export interface RunProblem {
	/** Wrong type, unknown value, ignored value, or a member that nothing reads. */
	readonly kind: "type" | "value" | "ignored" | "unknown";
	/** The place, such as `services.required[0].name`. */
	readonly place: string;
	readonly reason: string;
}

/** Returns all problems of a `run.json` by itself, in the order of its members. */
export function runProblems(run: JsonObject): RunProblem[] {
	return [...run].flatMap(([name, value]) => {
		const member = MEMBERS.get(name);
		if (member === undefined) {
			return [{ kind: "unknown", place: name, reason: "no device reads this member" } satisfies RunProblem];
		}
		if (!hasType(value, member.type)) return [typeProblem(name, member.type, value)];
		const known = member.values === undefined || member.values.includes(value as string);
		if (!known) return [valueProblem(name, member.values!, value, member.ignored)];
		return insideProblems(name, value);
	});
}

function insideProblems(name: string, value: JsonValue): RunProblem[] {
	switch (name) {
		case "drivers":
			return listProblems(name, value as JsonObject, (place, item) =>
				typeof item === "string" ? [] : [typeProblem(place, "string", item)],
			);
		case "services":
			return listProblems(name, value as JsonObject, serviceProblems);
		case "roles":
			return roleProblems(value);
		case "auto_recovery":
			return recoveryProblems(value as JsonObject);
		case "network":
			return networkProblems(value as JsonObject);
		case "storage":
			return storageProblems(value as JsonObject);
		default:
			return [];
	}
}

/** Returns the problems of lists in `drivers` and `services`: devices silently ignore strings in their place. */
function listProblems(
	name: string,
	value: JsonObject,
	inside: (place: string, item: JsonValue) => RunProblem[],
): RunProblem[] {
	return LISTS.flatMap((list) => {
		const items = value.get(list);
		if (items === undefined) return [];
		if (!Array.isArray(items)) return [typeProblem(`${name}.${list}`, "array", items)];
		return items.flatMap((item, i) => inside(`${name}.${list}[${i}]`, item));
	});
}

function serviceProblems(place: string, item: JsonValue): RunProblem[] {
	if (!isJsonObject(item)) return [typeProblem(place, "object", item)];
	const name = item.get("name");
	const type = item.get("type");
	const role = item.get("role");
	return [
		...(typeof name === "string" && name !== "" ? [] : [typeProblem(`${place}.name`, "string", name)]),
		...(type === undefined || SERVICE_TYPES.includes(type as string)
			? []
			: [valueProblem(`${place}.type`, SERVICE_TYPES, type, true)]),
		...(role === undefined || typeof role === "string" ? [] : [typeProblem(`${place}.role`, "string", role)]),
	];
}

function roleProblems(value: JsonValue): RunProblem[] {
	const items = Array.isArray(value) ? value : [];
	return items.flatMap((item, i) => {
		if (typeof item !== "string") return [typeProblem(`roles[${i}]`, "string", item)];
		return ROLES.includes(item) ? [] : [valueProblem(`roles[${i}]`, ROLES, item, true)];
	});
}

function recoveryProblems(value: JsonObject): RunProblem[] {
	const policy = value.get("policy");
	const numbers = ["max_retries", "retry_delay", "reset_window", "stable_timeout", "backoff_factor"];
	return [
		...(policy === undefined || POLICIES.includes(policy as string)
			? []
			: [valueProblem("auto_recovery.policy", POLICIES, policy, true)]),
		...numbers.flatMap((name): RunProblem[] => {
			const given = value.get(name);
			if (given === undefined || given instanceof JsonNumber) return [];
			return [
				{ kind: "type", place: `auto_recovery.${name}`, reason: `expected a number, got ${describe(given)}` },
			];
		}),
	];
}

/**
 * Returns the problems of volumes. Devices use `boot` for an unknown class, so that the content is lost at every
 * start.
 */
function storageProblems(storage: JsonObject): RunProblem[] {
	return [...storage].flatMap(([volume, entry]): RunProblem[] => {
		const given = isJsonObject(entry) ? entry.get("persistence") : undefined;
		if (VOLUME_CLASSES.includes(given as string)) return [];
		const taken = given === undefined ? "there is no such volume" : "devices take boot";
		const reason = `expected one of ${VOLUME_CLASSES.join(", ")}, got ${describe(given)}: ${taken}`;
		return [{ kind: "ignored", place: `storage.${volume}.persistence`, reason }];
	});
}

function networkProblems(value: JsonObject): RunProblem[] {
	const problems: RunProblem[] = [];
	for (const name of ["mode", "pool", "hostname", "ip", "mac"]) {
		const given = value.get(name);
		if (given !== undefined && typeof given !== "string") {
			problems.push(typeProblem(`network.${name}`, "string", given));
		}
	}
	const [mode, ip] = [value.get("mode"), value.get("ip")];
	if (typeof mode === "string" && !["host", "none", "pool"].includes(mode)) {
		problems.push(valueProblem("network.mode", ["host", "none", "pool"], mode, true));
	}
	if (typeof ip === "string" && parseIpv4(ip) === undefined) {
		problems.push({
			kind: "value",
			place: "network.ip",
			reason: `expected an IPv4 address, got ${describe(ip)}`,
		});
	}
	return problems;
}

/** Returns an IPv4 address as a number; undefined for other strings. */
export function parseIpv4(text: string): number | undefined {
	const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
	if (parts === undefined || parts.some((part) => part > 255)) return undefined;
	return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function hasType(value: JsonValue, type: MemberType): boolean {
	if (type === "array") return Array.isArray(value);
	if (type === "object") return isJsonObject(value);
	if (type === "list or object") return Array.isArray(value) || isJsonObject(value);
	return typeof value === type;
}

function typeProblem(place: string, type: MemberType, got: JsonValue | undefined): RunProblem {
	const article = type === "array" || type === "object" ? "an" : "a";
	return { kind: "type", place, reason: `expected ${article} ${type}, got ${describe(got)}` };
}

function valueProblem(
	place: string,
	values: readonly string[],
	got: JsonValue,
	ignored: boolean | undefined,
): RunProblem {
	return {
		kind: ignored ? "ignored" : "value",
		place,
		reason: `expected one of ${values.join(", ")}, got ${describe(got)}`,
	};
}

function describe(value: JsonValue | undefined): string {
	if (value === undefined) return "nothing";
	if (Array.isArray(value)) return "an array";
	if (isJsonObject(value)) return "an object";
	return value instanceof JsonNumber ? value.literal.slice(0, 40) : JSON.stringify(value).slice(0, 80);
}
