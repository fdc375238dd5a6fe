import { isJsonObject, type JsonObject } from "../../ground/json/index.js";
import type { State } from "../state/index.js";

/** Returns the file names of the volumes that a `run.json` names, as it names them. */
export function volumesOf(run: JsonObject): string[] {
	const volumes = run.get("volumes");
	const names = [run.get("root-volume"), ...(Array.isArray(volumes) ? volumes : [])];
	return names.filter((name): name is string => typeof name === "string" && name !== "");
}

/** Returns the files of a `bsp/run.json` that devices cannot do without: of the ways to start, they take the first. */
export function systemFiles(run: JsonObject): string[] {
	const start = ["fit", "rpiab"].find((name) => run.has(name));
	const names = start === undefined ? ["linux", "fdt", "initrd"] : [start];
	const addons = run.get("addons");
	const files = [
		...names.map((name) => run.get(name)),
		...(Array.isArray(addons) ? addons : []),
		...systemVolumes(run),
	];
	return files.filter((file): file is string => typeof file === "string" && file !== "");
}

/** The objects of a state that devices open because documents name them, by their keys. */
export interface NamedFiles {
	/** Files that are mounted, whatever their names. */
	readonly volumes: ReadonlySet<string>;
	/** Configurations of containers, with the key of the `run.json` that names each. */
	readonly configurations: ReadonlyMap<string, string>;
}

/** Finds the files that the documents of a state name. */
export function namedFiles(state: State): NamedFiles {
	const volumes = new Set<string>();
	const configurations = new Map<string, string>();
	for (const [key, run] of state) {
		const container = /^([^/_][^/]*)\/run\.json$/.exec(key)?.[1];
		if (container === undefined || !isJsonObject(run)) continue;
		const names = container === "bsp" ? systemVolumes(run) : volumesOf(run);
		for (const name of names) volumes.add(`${container}/${name.replace(/^dm:/, "")}`);
		const config = run.get("config");
		if (typeof config === "string" && container !== "bsp") configurations.set(`${container}/${config}`, key);
	}
	return { volumes, configurations };
}

/** Returns the volumes of a system: its firmware, and its modules by the kernel's name. */
function systemVolumes(run: JsonObject): string[] {
	return [...run].flatMap(([name, value]) =>
		typeof value === "string" && (name === "firmware" || /^modules(_|$)/.test(name)) ? [value] : [],
	);
}
