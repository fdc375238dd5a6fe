import { encodeCompactJson, type JsonValue } from "../../ground/json/index.js";
import { type RenderContext, type RenderInput, renderContext, runMembers } from "../run/index.js";
import { ARGUMENTS, type ImageSettings, nearName } from "../source/index.js";
import { lxcConfigLines } from "./config.js";
import { initCommand } from "./init-command.js";
import { DEVICE_SPLITTERS, UPSTREAM_SPLITTERS } from "./splitter.js";
import { decodeLxcValue } from "./value.js";

/** The effects of one setting of the image, one argument or one volume. */
export interface Explanation {
	/** `Entrypoint`, `Env.PATH`, `args.PV_GROUP`, `persistence./data`, `default`. */
	readonly subject: string;
	/** The setting as given; as JSON if it is not a string. */
	readonly value: string;
	/** Lines of `lxc.container.conf` that come from it. */
	readonly lxc: readonly string[];
	/** Members of `run.json` that come from it, as `name: value`. */
	readonly run: readonly string[];
	/** What is not carried over, and what to watch out for. */
	readonly notes: readonly string[];
}

/** Explains how a `src.json` becomes `lxc.container.conf` and `run.json`, subject by subject. */
export function explainPart(input: RenderInput): Explanation[] {
	const context = renderContext(input);
	const lines = context.runnable ? lxcConfigLines(context) : [];
	const members = runMembers(context);
	const subjects = [...givenSubjects(context), ["default", ""] as const];
	return subjects.map(([subject, value]) => {
		const lxc = lines.filter(({ origins }) => origins.includes(subject)).map(({ text }) => text);
		const run = members
			.filter(({ origins }) => origins.includes(subject))
			.map((member) => `${member.name}: ${encodeCompactJson(member.value)}`);
		const idle = lxc.length + run.length === 0 ? idleNotes(subject) : [];
		return { subject, value, lxc, run, notes: [...notes(subject, value, context), ...idle] };
	});
}

/** Returns what the author of a container should know of its settings, such as an argument that nothing reads. */
export function argumentWarnings(input: RenderInput): string[] {
	const context = renderContext(input);
	const { user, stopSignal } = context.settings;
	const lost = [
		...userNotes(user, context).map((note) => `${input.name}: User ${user}: ${note}`),
		...stopSignalNotes(stopSignal, context).map((note) => `${input.name}: StopSignal: ${note}`),
	];
	const idle = [...(input.source.args ?? [])].flatMap(([name, value]) =>
		argumentNotes(name, shown(value) ?? "", context).map((note) => `${input.name}: ${name}: ${note}`),
	);
	return [...(context.runnable ? lost : []), ...idle];
}

/** Returns notes for a known argument that has no visible effect. */
function idleNotes(subject: string): string[] {
	const effect = subject.startsWith("args.") ? ARGUMENTS.get(subject.slice(5))?.about : undefined;
	return effect === undefined ? [] : [`adds nothing here (it decides: ${effect})`];
}

/** Returns everything that was given, in the order of the documents. */
function givenSubjects({ name, args, group, source, settings, volumes }: RenderContext): [string, string][] {
	const image = new Map([...(source.dockerConfig ?? []), ...(source.config ?? [])]);
	const subjects: [string, string | undefined][] = [
		["name", name],
		["groups", args.has("PV_GROUP") || args.has("PV_RUNLEVEL") ? undefined : group],
		["base", source.base],
		["docker_ovl_digest", source.dockerOvlDigest],
		["dm_enabled", source.dmEnabled && [...source.dmEnabled.keys()].join(", ")],
		["Entrypoint", words(settings.entrypoint)],
		["Cmd", words(settings.cmd)],
		...settings.env.map((entry): [string, string] => {
			const equals = entry.indexOf("=");
			return [`Env.${entry.slice(0, equals)}`, entry.slice(equals + 1)];
		}),
		["WorkingDir", settings.workingDir],
		["User", settings.user],
		["StopSignal", settings.stopSignal],
		...[...LOST.keys()].map((member): [string, string | undefined] => [member, shown(image.get(member))]),
		...volumes.map((volume): [string, string] => [`${volume.origin}.${volume.key}`, volume.persistence]),
		["persistence.lxc-overlay", source.persistence?.get("lxc-overlay")],
		["exports", shown(source.exports && [...source.exports])],
		["logs", shown(source.logs)],
		...[...(source.args ?? [])].map(([argument, value]): [string, string | undefined] => [
			`args.${argument}`,
			shown(value),
		]),
	];
	return subjects.filter((entry): entry is [string, string] => !!entry[1]);
}

/** Members of an image's configuration that nothing on the device uses. */
const LOST: ReadonlyMap<string, string> = new Map([
	[
		"ExposedPorts",
		"not carried over: the container shares the host's network unless an argument says otherwise",
	],
	["Healthcheck", "not carried over: the device runs no health checks"],
	["Shell", "not carried over: it is used while an image is built"],
]);

function words(value: ImageSettings["cmd"]): string | undefined {
	return typeof value === "string" ? value : value && JSON.stringify(value);
}

function shown(value: JsonValue | undefined): string | undefined {
	if (value === undefined || value === null) return undefined;
	return typeof value === "string" ? value : encodeCompactJson(value);
}

function notes(subject: string, value: string, context: RenderContext): string[] {
	if (!context.runnable && /^(Entrypoint|Cmd|Env\.|WorkingDir)/.test(subject)) {
		return ["not used: the container is only mounted, it runs nothing"];
	}
	const lost = LOST.get(subject);
	if (lost !== undefined) return [lost];
	if (subject === "User") return userNotes(value, context);
	if (subject === "StopSignal") return stopSignalNotes(value, context);
	if (subject === "Entrypoint") return commandNotes(context, context.settings.entrypoint);
	if (subject === "Cmd" && context.settings.entrypoint === undefined)
		return commandNotes(context, context.settings.cmd);
	if (subject === "args.PV_LXC_NAMESPACE_KEEP") return keepNotes(value, context);
	return subject.startsWith("args.") ? argumentNotes(subject.slice(5), value, context) : [];
}

/**
 * Notes that an image's user is left out: the program runs as root, with every capability. A user that is carried
 * over cannot write to volumes, as devices make their directories for root (0755), whatever the image has there.
 */
function userNotes(user: string, { args, volumes }: RenderContext): string[] {
	if (/^(root|0)?(:|$)/.test(user)) return [];
	if (!args.has("PVPKG_IMAGE_USER")) {
		return ["not carried over: the program runs as root (--arg PVPKG_IMAGE_USER=1 carries it over)"];
	}
	const plain = volumes.map(({ key }) => key).filter((key) => !key.startsWith("ovl:"));
	if (plain.length === 0) return [];
	return [`cannot write to ${plain.join(", ")}: devices make volumes for root (0755)`];
}

/** Notes that a stop signal is left out: LXC sends SIGPWR, and kills what ignores it. */
function stopSignalNotes(signal: string, { args }: RenderContext): string[] {
	if (/^(SIG)?PWR$/i.test(signal) || signal === "" || args.has("PVPKG_IMAGE_STOP_SIGNAL")) return [];
	return [
		`not carried over: LXC sends SIGPWR instead of ${signal} (--arg PVPKG_IMAGE_STOP_SIGNAL=1 carries it over)`,
	];
}

/** Compares what the generations of liblxc start; `program` is the Entrypoint, or the Cmd without one. */
function commandNotes({ settings, rules }: RenderContext, program: ImageSettings["cmd"]): string[] {
	const command = decodeLxcValue(initCommand(settings, rules));
	const meant = JSON.stringify(DEVICE_SPLITTERS[0]!.split(command));
	const others = [...DEVICE_SPLITTERS, ...UPSTREAM_SPLITTERS].flatMap(({ name, split }) => {
		const words = JSON.stringify(split(command));
		return words === meant ? [] : [`${name} starts ${words}`];
	});
	if (typeof program !== "string") return others;
	return ["a string is taken unchanged; liblxc splits it at spaces", ...others];
}

/** Returns what the rule LXC_CGROUP reports, as a note for the argument. */
function keepNotes(namespaces: string, { args }: RenderContext): string[] {
	const mounted = (args.scalar("LXC_MOUNT_AUTO_GROUP") ?? "cgroup").trim().startsWith("cgroup");
	if (!mounted || !namespaces.split(/\s+/).includes("cgroup")) return [];
	return [
		"with LXC 6 on cgroup2 the container does not start while lxc.mount.auto has cgroup: --arg LXC_MOUNT_AUTO_GROUP= leaves it out",
	];
}

const CHOICES: ReadonlyMap<string, readonly string[]> = new Map([
	["PV_RESTART_POLICY", ["system", "container"]],
	["PV_STATUS_GOAL", ["MOUNTED", "STARTED", "READY"]],
	["PV_LXC_NETWORK_TYPE", ["host", "empty", "phys", "veth"]],
]);

function argumentNotes(name: string, value: string, { args, group }: RenderContext): string[] {
	if (!ARGUMENTS.has(name)) {
		const meant = nearName(name, ARGUMENTS.keys());
		return [`unknown: kept in src.json, without effect${meant === undefined ? "" : `; ${meant} is known`}`];
	}
	const choices = CHOICES.get(name);
	if (choices && value !== "" && !choices.includes(value))
		return [`unknown value, expected one of ${choices.join(", ")}`];
	if (name === "PV_RUNLEVEL") {
		return [
			`deprecated: use PV_GROUP${group === undefined ? "" : "; it keeps the device's default group out"}`,
		];
	}
	if (name === "PV_LXC_CAP_KEEP" && args.has("PV_LXC_CAP_DROP")) {
		return ["liblxc refuses PV_LXC_CAP_DROP and PV_LXC_CAP_KEEP together"];
	}
	if (/^(no|false|0|off)$/i.test(value) && args.has(name))
		return [`${value} switches it on, as any value does; leave it out`];
	return [];
}
