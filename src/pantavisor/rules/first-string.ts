import { isJsonObject, type JsonObject, type JsonValue, jsonTokens } from "../../ground/json/index.js";
import type { State } from "../state/index.js";
import { error, type Finding } from "./finding.js";

/**
 * Whether a device reads another value for a member than the one that it has, or one where it has none: the device
 * takes the first token after the first string of that name in the object's text, at any depth, name or value.
 */
function isMisread(object: JsonObject, name: string): boolean {
	let isNamed = false;
	for (const token of jsonTokens(object)) {
		if (token === name) isNamed = true;
		else if (isNamed) return token !== object.get(name);
	}
	return isNamed && object.has(name);
}

/** Members of documents for which devices take something else (docs/formats/devices.md#the-state-and-the-running-device). */
export function lintMisread(state: State): Finding[] {
	return [...state].flatMap(([key, value]) =>
		(readerOf(key)?.(value) ?? []).map((place) =>
			error("STATE_MISREAD", key, `${place}: devices take another string for the member of that name`),
		),
	);
}

/** Returns the places in a value that a device misreads. */
type Reader = (value: JsonValue) => string[];

/** An object whose members a device finds by the first string of their names, and what it finds in them. */
function members(names: readonly string[], inside: Readonly<Record<string, Reader>> = {}): Reader {
	return (value) => {
		if (!isJsonObject(value)) return [];
		const wrong = [...names, ...Object.keys(inside)].filter((name) => isMisread(value, name));
		return [...wrong, ...within(value, inside)];
	};
}

function within(value: JsonObject, inside: Readonly<Record<string, Reader>>): string[] {
	return Object.entries(inside).flatMap(([name, read]) =>
		read(value.get(name) ?? null).map((place) => `${name}.${place}`),
	);
}

/** Each item of a list, or each member of an object. */
function each(read: Reader): Reader {
	return (value) => {
		const items = isJsonObject(value) ? [...value] : Array.isArray(value) ? [...value.entries()] : [];
		return items.flatMap(([name, item]) => read(item).map((place) => `${name}.${place}`));
	};
}

/** A member that does no harm where a string is taken for one that is not there. */
function present(name: string): Reader {
	return (value) => (isJsonObject(value) && value.has(name) && isMisread(value, name) ? [name] : []);
}

/** An object whose members a device finds by the first name that begins with theirs. */
function beginnings(names: readonly string[]): Reader {
	return (value) => {
		const own = isJsonObject(value) ? [...value.keys()] : [];
		return names.filter((name) => (own.find((member) => member.startsWith(name)) ?? name) !== name);
	};
}

const all =
	(...readers: readonly Reader[]): Reader =>
	(value) =>
		readers.flatMap((read) => read(value));

const RECOVERY = members([
	...["policy", "max_retries", "retry_delay", "reset_window"],
	...["backoff_factor", "stable_timeout", "backoff_policy"],
]);
const STORAGE = each(members(["persistence", "disk"]));
const REQUIRED = each(members(["name", "type", "role", "interface", "target"]));
const GROUPS = each(
	members(["status_goal", "timeout", "restart_policy", "name"], { auto_recovery: RECOVERY }),
);
const POOLS = each(members(["type", "bridge", "parent", "subnet", "gateway", "nat"]));
const DISKS = each(
	members([
		...["name", "path", "mount_target", "mount_options", "format_options", "format", "provision"],
		...["provision_options", "uuid", "type", "mode", "default", "migrate_keyblob", "aliases"],
	]),
);

const RUN_MEMBERS = [
	...["name", "type", "runlevel", "automodfw", "group", "restart_policy", "status_goal", "roles"],
	...["auto_recovery", "network", "config", "share", "root-volume", "volumes", "logs", "storage"],
	...["drivers", "services", "exports", "dev-log"],
];
const RUN = all(beginnings(RUN_MEMBERS), present("remount"), (run) =>
	isJsonObject(run)
		? within(run, {
				auto_recovery: RECOVERY,
				network: members(["mode", "pool", "hostname", "ip", "mac"]),
				storage: STORAGE,
				drivers: members(["required", "optional", "manual"]),
				services: members([], { required: REQUIRED, optional: REQUIRED }),
			})
		: [],
);

const SYSTEM = all(
	beginnings(["addons"]),
	members(["initrd_config", "fit", "firmware", "modules"]),
	(run) => {
		if (!isJsonObject(run) || run.has("fit")) return [];
		return members(run.has("rpiab") ? ["rpiab"] : ["rpiab", "linux", "fdt", "initrd"])(run);
	},
);

/** A service that owns a name on the bus is read in another way than one with a socket. */
const SERVICE: Reader = (service) =>
	members(
		isJsonObject(service) && service.has("owns")
			? ["type", "owns", "bus", "role", "allow"]
			: ["type", "owns", "name", "socket"],
	)(service);

const DEVICE = all(
	members([], { groups: GROUPS, disks: DISKS, disks_v2: DISKS, disks_v3: DISKS, volumes: STORAGE }),
	present("network"),
	(device) => (isJsonObject(device) ? within(device, { network: members([], { pools: POOLS }) }) : []),
);

const READERS: ReadonlyMap<string, Reader> = new Map([
	["bsp/run.json", SYSTEM],
	["device.json", DEVICE],
	["groups.json", GROUPS],
	["disks.json", DISKS],
	["disks_v3.json", DISKS],
]);

function readerOf(key: string): Reader | undefined {
	const known = READERS.get(key);
	if (known !== undefined) return known;
	const file = /^[^/_][^/]*\/(run|services)\.json$/.exec(key)?.[1];
	if (file === "services")
		return (value) =>
			(Array.isArray(value) ? each(SERVICE) : members([], { services: each(SERVICE) }))(value);
	return file === "run" ? RUN : undefined;
}
