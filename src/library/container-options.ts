import { jsonObject } from "../ground/json/index.js";
import { type StateFile, stateFile } from "../pantavisor/package/index.js";
import { parseVolumeOption, type SourceOptions } from "../pantavisor/source/index.js";
import { bytesOf } from "./sign.js";

/** Whatever JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | JsonMembers;

/** The members of a JSON object. Members that are undefined are left out. */
export interface JsonMembers {
	readonly [name: string]: Json | undefined;
}

/** How a container runs: what becomes part of its `src.json`. */
export interface ContainerOptions {
	/** Group that the container starts with, such as `app`: the argument PV_GROUP. */
	readonly group?: string | undefined;
	/** Further template arguments, such as `{ PV_RESTART_POLICY: "container" }`. */
	readonly args?: JsonMembers | undefined;
	/** Paths that keep their content, as `PATH:CLASS[@DISK]`, such as `/data:permanent`. */
	readonly volumes?: readonly string[] | undefined;
	/** Members laid over the configuration of the image, such as `{ Cmd: ["serve"] }`. */
	readonly config?: JsonMembers | undefined;
	/** Members merged into `run.json`. */
	readonly run?: JsonMembers | undefined;
	/** Options of mksquashfs for `root.squashfs`, such as `-comp zstd -b 256K`. */
	readonly formatOptions?: string | undefined;
}

/** Files by their path, as text or bytes. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Returns what becomes part of src.json. @throws PantavisorError ERR_VOLUME */
export function sourceOptions(options: ContainerOptions): SourceOptions {
	const { group, volumes = [], formatOptions } = options;
	const args = new Map([
		...jsonObject(options.args ?? {}),
		...(group === undefined ? [] : ([["PV_GROUP", group]] as const)),
	]);
	const run = jsonObject(options.run ?? {});
	return {
		args,
		config: jsonObject(options.config ?? {}),
		persistence: new Map(volumes.map(parseVolumeOption)),
		run: run.size > 0 ? run : undefined,
		formatOptions,
	};
}

/** Returns files of a state by their path; undefined for none. */
export function stateFiles(files: Files | undefined): ReadonlyMap<string, StateFile> | undefined {
	if (files === undefined) return undefined;
	return new Map(Object.entries(files).map(([path, text]) => [path, stateFile(path, bytesOf(text))]));
}
