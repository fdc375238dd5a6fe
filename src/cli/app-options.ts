import { type Command, Option } from "commander";
import {
	type Compat,
	isJsonObject,
	type JsonObject,
	type JsonValue,
	parseArgument,
	parseJson,
	parseVolumeOption,
	type SettingsChange,
	type SourceManifest,
} from "../internal.js";
import { UsageError } from "./errors.js";
import { readInput } from "./input-file.js";
import { inGroup } from "./option-group.js";
import { collect } from "./option-values.js";
import type { Session } from "./session.js";

/** What the flags of `pvr app add` say (docs/formats/pvr.md#newer-releases). */
export interface AppFlags {
	readonly group?: string;
	readonly runlevel?: string;
	readonly restartPolicy?: string;
	readonly statusGoal?: string;
	readonly arg?: readonly string[];
	readonly argJson?: string;
	readonly volume?: readonly string[];
	readonly config?: readonly string[];
	readonly configJson?: string;
	readonly formatOptions?: string;
	readonly runJson?: string;
	readonly base?: string;
	readonly source?: string;
}

/** The members of `src.json` that flags decide. */
export type AppSettings = Pick<
	SourceManifest,
	"args" | "persistence" | "config" | "formatOptions" | "base" | "run"
> & {
	/** Where images are looked for, in pvr's words. */
	readonly source: string;
};

/** Adds pvr's flags for applications, with pvr's variables. */
export function addAppOptions(
	command: Command,
	{
		formatOptions = "--format-options <text>",
		base = true,
	}: { readonly formatOptions?: string; readonly base?: boolean } = {},
): Command {
	return inGroup(command, "Container:", (group) => {
		const option = (flags: string, text: string, variable: string) =>
			group.addOption(new Option(flags, text).env(variable));
		option("--group <name>", "group the container belongs to", "PVR_GROUP");
		option("--runlevel <level>", "runlevel (deprecated: use --group)", "PVR_RUNLEVEL");
		option("--restart-policy <policy>", "system or container", "PVR_RESTART_POLICY");
		option("--status-goal <goal>", "MOUNTED, STARTED or READY", "PVR_STATUS_GOAL");
		group.option("--arg <KEY=VALUE>", "template argument (repeatable)", collect);
		group.option("--arg-json <file>", "JSON object of template arguments, of any types");
		group.option("--volume <PATH:CLASS[@DISK]>", "persistence of a path (repeatable)", collect);
		group.option("--config <KEY=VALUE>", "overrides a member of the image's config (repeatable)", collect);
		option("--config-json <file>", "JSON object merged into the image's config", "PVR_CONFIG_JSON");
		group.option("--run-json <file>", "JSON object merged into run.json, and remembered in src.json");
		option(formatOptions, "options of mksquashfs for root.squashfs", "PVR_FORMAT_OPTIONS");
		if (base)
			option(
				"--base <container>",
				"container whose root file system is the base of this one",
				"PVR_APP_ADD_BASE",
			);
		option(
			"--source <list>",
			"where to look for an image: remote, local, or both (default: its registry)",
			"PVR_SOURCE",
		);
	});
}

/** Turns flags into members of `src.json`; later sources win: --arg-json, --arg, named flags. */
export function readAppSettings(session: Session, flags: AppFlags): AppSettings {
	if (flags.group && flags.runlevel) {
		throw new UsageError("--group and --runlevel: cannot be given together");
	}
	const args = new Map<string, JsonValue>([
		...readObject(flags.argJson, session),
		...listFlag(session, flags.arg, "PVR_TEMPLATE_ARG").map((text) => {
			const [name, value] = parseAssignment("--arg", text);
			return [name, parseArgument(name, value)] as const;
		}),
		...named("PV_RUNLEVEL", flags.runlevel),
		...named("PV_GROUP", flags.group),
		...named("PV_RESTART_POLICY", flags.restartPolicy),
		...named("PV_STATUS_GOAL", flags.statusGoal),
	]);
	const config = new Map([
		...readObject(flags.configJson, session),
		...(flags.config ?? []).map((text) => parseAssignment("--config", text)),
	]);
	const run = readObject(flags.runJson, session);
	const volumes = listFlag(session, flags.volume, "PVR_PERSISTENCE_VOLUME");
	return {
		args,
		config,
		persistence: new Map(volumes.map(parseVolumeOption)),
		formatOptions: flags.formatOptions,
		run: run.size > 0 ? run : undefined,
		base: flags.base?.replace(/^\/+|\/+$/g, "") || undefined,
		source: flags.source ?? "remote,local",
	};
}

/** Flags win over the variable, whose items are separated by commas. */
function listFlag(
	{ variables }: Session,
	flags: readonly string[] | undefined,
	variable: string,
): readonly string[] {
	const items = (variables[variable] ?? "").split(",").map((item) => item.trim());
	return flags ?? items.filter(Boolean);
}

function parseAssignment(option: string, text: string): readonly [string, string] {
	const at = text.indexOf("=");
	const key = at < 0 ? text : text.slice(0, at);
	if (key === "") throw new UsageError(`${option} ${text}: expected KEY=VALUE`);
	return [key, at < 0 ? "" : text.slice(at + 1)];
}

/** An empty value counts as absent, as in pvr. */
function named(key: string, value: string | undefined): (readonly [string, string])[] {
	return value ? [[key, value]] : [];
}

function readObject(path: string | undefined, { home }: Session): JsonObject {
	if (path === undefined) return new Map();
	const value = parseJson(readInput(path.replace(/^~(?=\/)/, home ?? "~")), path);
	if (isJsonObject(value)) return value;
	throw new UsageError(`${path}: read: expected a JSON object`);
}

export interface CompatFlags {
	readonly compat?: Compat;
}

export function addCompatOption(command: Command): Command {
	return command.addOption(
		new Option("--compat <version>", "repeat a version of pvr to the byte, mistakes included").choices([
			"036",
			"037",
			"046",
		]),
	);
}

/** What `app update` and `app install` take to change settings. */
export interface ChangeFlags extends Pick<AppFlags, "arg" | "argJson" | "config" | "configJson" | "runJson"> {
	readonly unsetArg?: readonly string[];
	readonly unsetConfig?: readonly string[];
	readonly runlevel?: string;
	readonly base?: string;
	readonly source?: string;
}

/** Adds pvr's flags that change the settings of an existing container. */
export function addChangeOptions(command: Command): Command {
	return command
		.option("--arg <KEY=VALUE>", "set a template argument (repeatable)", collect)
		.option("--arg-json <file>", "JSON object of template arguments to set, of any types")
		.option("--unset-arg <KEY>", "remove a template argument (repeatable)", collect)
		.option("--config <KEY=VALUE>", "override a member of the image's config (repeatable)", collect)
		.option("--config-json <file>", "JSON object merged into the image's config")
		.option("--unset-config <KEY>", "remove an override of the image's config (repeatable)", collect)
		.option("--run-json <file>", "JSON object merged into run.json, and remembered in src.json");
}

/** Turns flags into changes of src.json. */
export function readChange(session: Session, flags: ChangeFlags): SettingsChange {
	const args = new Map<string, JsonValue>([
		...readObject(flags.argJson, session),
		...(flags.arg ?? []).map((text) => parseAssignment("--arg", text)),
		...named("PV_RUNLEVEL", flags.runlevel),
	]);
	const config = new Map<string, JsonValue>([
		...readObject(flags.configJson, session),
		...(flags.config ?? []).map((text) => parseAssignment("--config", text)),
	]);
	const run = readObject(flags.runJson, session);
	return {
		args: args.size > 0 ? args : undefined,
		config: config.size > 0 ? config : undefined,
		run: run.size > 0 ? run : undefined,
		unsetArgs: flags.unsetArg,
		unsetConfig: flags.unsetConfig,
	};
}
