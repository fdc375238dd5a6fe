import { type Finder, type Finding, finder, type RuleTable } from "../../ground/findings/index.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../../ground/json/index.js";
import { parseIpv4, type RunProblem, runProblems } from "../run/index.js";
import type { State } from "../state/index.js";

export type RunRuleId =
	| "RUN_TYPE"
	| "RUN_VALUE"
	| "RUN_VALUE_IGNORED"
	| "RUN_MEMBER"
	| "RUN_GROUP"
	| "RUN_POOL"
	| "RUN_ADDRESS"
	| "RUN_ADDRESS_TWICE"
	| "RUN_DISK"
	| "RUN_SERVICE"
	| "SERVICES_SPEC"
	| "SERVICES_FORM"
	| "SERVICES_OWNS"
	| "SERVICES_RESERVED";

const ARGUMENTS = "change the argument or the file that it comes from, and make the package again";
const DEVICE = "define it in device.json of the device, or change the container";

/**
 * Rules for containers in `run.json` and `services.json`
 * (docs/formats/devices.md#the-state-and-the-running-device).
 */
export const RUN_RULES: RuleTable<RunRuleId> = {
	RUN_TYPE: {
		severity: "error",
		reason: "a member has the wrong type: devices refuse the whole state, or start the container without it",
		remedy: ARGUMENTS,
	},
	RUN_VALUE: {
		severity: "error",
		reason: "a member has a value that devices do not know: they refuse the whole state",
		remedy: ARGUMENTS,
	},
	RUN_VALUE_IGNORED: {
		severity: "warning",
		reason: "a member has a value that devices do not know, and pass over",
		remedy: ARGUMENTS,
	},
	RUN_MEMBER: {
		severity: "warning",
		reason: "no device reads this member",
		remedy: "check its spelling, or remove it",
	},
	RUN_GROUP: {
		severity: "error",
		reason: "names a group that the state does not define: devices refuse the whole state",
		remedy: DEVICE,
	},
	RUN_POOL: {
		severity: "error",
		reason: "names a network pool that the state does not define: the device reboots again and again",
		remedy: DEVICE,
	},
	RUN_ADDRESS: {
		severity: "error",
		reason: "its address is not in the subnet of its network pool: the container does not start",
		remedy: ARGUMENTS,
	},
	RUN_ADDRESS_TWICE: {
		severity: "error",
		reason: "another container has the same address in the same network pool: it does not start",
		remedy: ARGUMENTS,
	},
	RUN_DISK: {
		severity: "error",
		reason: "a volume is on a disk that the state does not define: the device reboots again and again",
		remedy: DEVICE,
	},
	RUN_SERVICE: {
		severity: "error",
		reason: "requires a service that no container of the state provides: devices refuse the revision",
		remedy: "add the container that provides it, or make the service optional",
	},
	SERVICES_SPEC: {
		severity: "warning",
		reason: "expected the #spec service-manifest-xconnect@1",
		remedy: 'write "#spec": "service-manifest-xconnect@1" into services.json',
	},
	SERVICES_FORM: {
		severity: "warning",
		reason: "expected a list of services with names: devices pass over the others",
		remedy: 'write {"#spec": …, "services": [{"name": …, "type": …, "socket": …}]}',
	},
	SERVICES_RESERVED: {
		severity: "error",
		reason: "a service has the name of the bus that devices host: they refuse the state",
		remedy: "give the service another name than system-bus",
	},
	SERVICES_OWNS: {
		severity: "error",
		reason: "a bus name has two owners: the device refuses the state",
		remedy: "let one container own the name",
	},
};

const found: Finder<RunRuleId> = finder(RUN_RULES);

const KINDS: Readonly<Record<RunProblem["kind"], RunRuleId>> = {
	type: "RUN_TYPE",
	value: "RUN_VALUE",
	ignored: "RUN_VALUE_IGNORED",
	unknown: "RUN_MEMBER",
};

/** Reports what is wrong with each `run.json` and `services.json` by itself. */
export function lintContainers(state: State): Finding[] {
	return [...state].flatMap(([key, value]) => {
		const [name, file, more] = key.split("/");
		if (name?.startsWith("_") || more !== undefined || !isJsonObject(value)) return [];
		if (file === "services.json") return lintServicesFile(key, value);
		if (file !== "run.json" || name === "bsp") return [];
		return runProblems(value).map(({ kind, place, reason }) =>
			found(KINDS[kind], key, `${place}: ${reason}`),
		);
	});
}

function lintServicesFile(key: string, document: JsonObject): Finding[] {
	const findings: Finding[] = [];
	const spec = document.get("#spec");
	if (spec !== "service-manifest-xconnect@1") findings.push(found("SERVICES_SPEC", key));
	const services = document.get("services");
	const named =
		Array.isArray(services) &&
		services.every((item) => isJsonObject(item) && (item.has("name") || item.has("owns")));
	if (!named) findings.push(found("SERVICES_FORM", key));
	return findings;
}

/** The groups of a device whose state names none. */
const STANDARD_GROUPS = ["data", "root", "platform", "app"];

/**
 * Reports what only the whole state can answer: groups, pools, disks, services. For a package alone these are
 * notes, as the device's own state may have what the package lacks.
 */
export function lintTogether(state: State, whole: boolean): Finding[] {
	const severity = whole ? "error" : "note";
	const device = new DeviceFacts(state);
	const addresses = new Map<string, string>();
	const findings = [...state].flatMap(([key, run]) => {
		const name = /^([^/_][^/]*)\/run\.json$/.exec(key)?.[1];
		if (name === undefined || name === "bsp" || !isJsonObject(run)) return [];
		return [
			...device.groupProblem(run).map((reason) => found("RUN_GROUP", key, reason, severity)),
			...device.poolProblem(run).map((reason) => found("RUN_POOL", key, reason, severity)),
			...device.addressProblem(run).map((reason) => found("RUN_ADDRESS", key, reason)),
			...sharedAddress(run, name, addresses).map((reason) => found("RUN_ADDRESS_TWICE", key, reason)),
			...device.diskProblems(run).map((reason) => found("RUN_DISK", key, reason, severity)),
			...device.serviceProblems(run).map((reason) => found("RUN_SERVICE", key, reason, severity)),
		];
	});
	return [...findings, ...lintOwners(state)];
}

/** What `device.json`, its older forms and the containers of a state provide. */
class DeviceFacts {
	readonly #groups: ReadonlySet<string>;
	readonly #pools: JsonObject;
	readonly #disks: ReadonlySet<string>;
	readonly #services: ReadonlySet<string>;

	constructor(state: State) {
		const device = objectOf(state.get("device.json"));
		const groups = namesOf(state.get("groups.json") ?? device.get("groups"));
		this.#groups = new Set(groups.length > 0 ? groups : STANDARD_GROUPS);
		this.#pools = objectOf(objectOf(device.get("network")).get("pools"));
		const lists = ["disks", "disks_v2", "disks_v3"].map((name) => device.get(name));
		this.#disks = new Set([...lists, state.get("disks.json")].flatMap((list) => namesOf(list)));
		const manifests = [...state].filter(([key]) => /^[^/_][^/]*\/services\.json$/.test(key));
		this.#services = new Set(manifests.flatMap(([, value]) => namesOf(objectOf(value).get("services"))));
	}

	groupProblem(run: JsonObject): string[] {
		const group = run.get("group");
		if (typeof group !== "string" || this.#groups.has(group)) return [];
		return [
			`group: expected one of ${[...this.#groups].slice(0, 20).join(", ")}, got ${JSON.stringify(group)}`,
		];
	}

	poolProblem(run: JsonObject): string[] {
		const pool = objectOf(run.get("network")).get("pool");
		if (typeof pool !== "string" || this.#pools.has(pool)) return [];
		return [`network.pool: ${JSON.stringify(pool)} is not in device.json`];
	}

	addressProblem(run: JsonObject): string[] {
		const network = objectOf(run.get("network"));
		const [pool, ip] = [network.get("pool"), network.get("ip")];
		if (typeof pool !== "string" || typeof ip !== "string") return [];
		const subnet = objectOf(this.#pools.get(pool)).get("subnet");
		if (typeof subnet !== "string" || isInSubnet(ip, subnet)) return [];
		return [
			`network.ip: ${JSON.stringify(ip)} is not in ${JSON.stringify(subnet)}, the subnet of the pool ${pool}`,
		];
	}

	diskProblems(run: JsonObject): string[] {
		return [...objectOf(run.get("storage"))].flatMap(([volume, entry]) => {
			const disk = objectOf(entry).get("disk");
			if (typeof disk !== "string" || this.#disks.has(disk)) return [];
			return [`storage.${volume}.disk: ${JSON.stringify(disk)} is not in device.json`];
		});
	}

	serviceProblems(run: JsonObject): string[] {
		const required = objectOf(run.get("services")).get("required");
		return namesOf(required)
			.filter((name) => !this.#services.has(name))
			.map((name) => `services.required: no container provides ${JSON.stringify(name)}`);
	}
}

function sharedAddress(run: JsonObject, name: string, taken: Map<string, string>): string[] {
	const network = objectOf(run.get("network"));
	const [pool, ip] = [network.get("pool"), network.get("ip")];
	if (typeof pool !== "string" || typeof ip !== "string") return [];
	const other = taken.get(`${pool} ${ip}`);
	taken.set(`${pool} ${ip}`, name);
	return other === undefined ? [] : [`network.ip: ${JSON.stringify(ip)} is the address of ${other}, too`];
}

/** The bus of the device itself. */
const SYSTEM_BUS = "system-bus";

/**
 * Checks that each name on a bus has one owner, and that nothing is exported under the name of the device's own
 * bus.
 */
function lintOwners(state: State): Finding[] {
	const owners = new Map<string, string>();
	const findings: Finding[] = [];
	for (const [key, value] of state) {
		if (!/^[^/_][^/]*\/services\.json$/.test(key)) continue;
		const services = objectOf(value).get("services");
		for (const service of Array.isArray(services) ? services : []) {
			const [owned, name, bus] = ["owns", "name", "bus"].map((member) => objectOf(service).get(member));
			if (name === SYSTEM_BUS) findings.push(found("SERVICES_RESERVED", key));
			if (typeof owned !== "string") continue;
			const place = JSON.stringify([typeof bus === "string" ? bus : SYSTEM_BUS, owned]);
			const other = owners.get(place);
			if (other !== undefined)
				findings.push(found("SERVICES_OWNS", key, `owns ${JSON.stringify(owned)}, as ${other} does`));
			owners.set(place, key);
		}
	}
	return findings;
}

/** Returns whether an address is in a subnet such as `10.0.3.0/24`. */
function isInSubnet(ip: string, subnet: string): boolean {
	const [network = "", bits = ""] = subnet.split("/");
	const [address, base] = [parseIpv4(ip), parseIpv4(network)];
	if (address === undefined || base === undefined || !/^\d{1,2}$/.test(bits) || Number(bits) > 32)
		return true;
	const size = 2 ** (32 - Number(bits));
	return Math.floor(address / size) === Math.floor(base / size);
}

function objectOf(value: JsonValue | undefined): JsonObject {
	return isJsonObject(value) ? value : new Map();
}

/** Returns the names in a list of objects, or the keys of an object. */
function namesOf(value: JsonValue | undefined): string[] {
	if (isJsonObject(value)) return [...value.keys()];
	if (!Array.isArray(value)) return [];
	return value.flatMap((item) => {
		const name = objectOf(item).get("name");
		return typeof name === "string" ? [name] : [];
	});
}
